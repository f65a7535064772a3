/** What may steer a terminal, change the order of characters or is no text: all but what joins emoji and scripts. */
const UNSAFE = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** The text with every such character escaped as JSON does it: JSON stays JSON with the same meaning. */
export function escapeUnsafe(text: string): string {
  return text.replace(UNSAFE, (char) => SHORT[char] ?? unitsOf(char).map(escapeUnit).join(''));
}

function unitsOf(char: string): number[] {
  return Array.from({ length: char.length }, (_, n) => char.charCodeAt(n));
}

function escapeUnit(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, '0')}`;
}

/** How parts of the output look. */
export type Style = 'plain' | 'bold' | 'dim' | 'good' | 'bad' | 'notable';

/** Gives a text its look. */
export type Paint = (text: string, style: Style) => string;

const CODES: Readonly<Record<Style, string>> = {
  plain: '',
  bold: '1',
  dim: '2',
  good: '32',
  bad: '31',
  notable: '33',
};

/** Colours for a terminal; without `isColoured`, text as it is. */
export function createPaint(isColoured: boolean): Paint {
  if (!isColoured) return (text) => text;
  return (text, style) => (text === '' || style === 'plain' ? text : `\x1b[${CODES[style]}m${text}\x1b[0m`);
}

/** Whether to write colours: to a terminal that has them, unless somebody objects (no-color.org). */
export function wantsColour(isTerminal: boolean, env: NodeJS.ProcessEnv): boolean {
  return isTerminal && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
}
