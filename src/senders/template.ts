/** Templates, for senders; lines have them too. */
export { parseTemplate, type Template } from '../template.ts';
