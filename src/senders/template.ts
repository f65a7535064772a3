/** Templates, for senders; lines have them too. */
export { parseTemplate, type Template, type TemplatePart } from '../template.ts';
