/** A text as roff shows it unchanged. */
export function plain(text: string): string {
  const escaped = text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll('~', '\\(ti').replaceAll('^', '\\(ha');
  const quoted = escaped.replaceAll('`', '\\(ga').replaceAll("'", '\\(aq').replace(/^[.]/gm, '\\&.');
  return quoted.normalize().replace(/\P{ASCII}/gu, byCode);
}

/** A letter that roff without a preprocessor would read as bytes. */
function byCode(letter: string): string {
  return `\\[u${letter.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}]`;
}

/** A sentence of Markdown, as our declarations have them: code, emphasis and links. */
export function prose(markdown: string): string {
  const text = markdown.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll(/\s+/g, ' ');
  return text
    .split(/(`[^`]+`)/)
    .map((part) =>
      part.startsWith('`') ? bold(part.slice(1, -1)) : plain(part.replaceAll('**', '').replaceAll('*', '')),
    )
    .join('')
    .replace(/^[.]/, '\\&.');
}

export function bold(text: string): string {
  return `\\fB${plain(text)}\\fR`;
}

/** The first lines of a man page. */
export function heading(page: { name: string; section: number; date: string; what: string }): string[] {
  const { name, section, date, what } = page;
  const title = `.TH ${name.toUpperCase()} ${section} ${date} journalbridge`;
  return ['.\\" Made from the declarations in src; do not edit.', title, '.SH NAME', `${plain(name)} \\- ${what}`];
}
