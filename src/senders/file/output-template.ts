import { parseTemplate } from '../template.ts';

/** Whether anything in `file_output` depends on the entry. */
export function hasPlaces(output: string): boolean {
  return /[{%]/.test(output.replaceAll(/\{\{|\}\}|%%/g, ''));
}

/** Whether the time is a part of the path, so that a file is finished when its time is over. */
export function hasTime(output: string): boolean {
  try {
    return parseTemplate(output).parts.some((part) => typeof part !== 'string' && 'time' in part);
  } catch {
    return false; // told as a fault of the config
  }
}

/** The fields that are needed of each entry to know its file; undefined when all go to one. */
export function fieldsOf(output: string): readonly string[] | undefined {
  if (!hasPlaces(output)) return undefined;
  try {
    return parseTemplate(output).fields;
  } catch {
    return undefined; // told as a fault of the config
  }
}

/** Says what is wrong with `file_output`, if anything is. */
export function checkOutput(output: string): string | undefined {
  try {
    const { prefix } = parseTemplate(output);
    return hasPlaces(output) ? checkNames(output.slice(prefix.lastIndexOf('/') + 1)) : undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The names from the first with a place on. */
function checkNames(rest: string): string | undefined {
  const names = rest.split('/');
  if (names.includes('')) return 'has an empty name behind its first place';
  const hidden = names.find((name) => name.startsWith('.'));
  return hidden === undefined
    ? undefined
    : `has the name "${hidden}" behind its first place, but no name may begin with a dot there`;
}
