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
