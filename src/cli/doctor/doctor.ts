import { loadConfig } from '../../config/load.ts';
import { readConfigText } from '../../config/read-text.ts';
import { ConfigError, messageOf } from '../../errors.ts';
import { within } from '../../within.ts';
import { checks } from './checks.ts';
import { examine, worstOf, type Result } from './examine.ts';
import { factsOf, type Facts } from './facts.ts';
import { createPaint, type Paint, type Style } from '../terminal-text.ts';
import { escapeUnsafe } from '../../unsafe-text.ts';

export interface DoctorOptions {
  readonly configPath: string;
  readonly isJson: boolean;
  readonly isColoured: boolean;
  /** No check takes longer. */
  readonly limitMs?: number;
}

const LIMIT_MS = 15_000;
const CONFIG_LIMIT_MS = 5000;
/** As monitoring plugins have it. */
const EXIT_CODES = { ok: 0, warn: 1, fail: 2 } as const;
const STYLES: Readonly<Record<Result['status'], Style>> = { ok: 'good', warn: 'notable', fail: 'bad' };

/** Looks at all that commonly goes wrong; returns the exit code, which says the worst: 0 ok, 1 warn, 2 fail. */
export async function doctor(options: DoctorOptions, write: (text: string) => unknown): Promise<number> {
  const { configPath, isJson, isColoured, limitMs = LIMIT_MS } = options;
  const results = await examine(checks, await readFacts(configPath), limitMs);
  await write(isJson ? jsonOf(results) : textOf(results, createPaint(isColoured)));
  return EXIT_CODES[worstOf(results)];
}

async function readFacts(configPath: string): Promise<Facts> {
  let text: string | undefined;
  try {
    text = await within(CONFIG_LIMIT_MS, () => readConfigText(configPath));
    const loaded = await within(CONFIG_LIMIT_MS, () => loadConfig(configPath));
    return factsOf({ configPath, text, faults: [], ...loaded });
  } catch (error) {
    const faults = error instanceof ConfigError ? error.faults : [{ path: '', message: messageOf(error) }];
    return factsOf({ configPath, text, config: undefined, faults, warnings: [] });
  }
}

function jsonOf(results: readonly Result[]): string {
  return `${JSON.stringify(results, undefined, 2).split('\n').map(escapeUnsafe).join('\n')}\n`;
}

function textOf(results: readonly Result[], paint: Paint): string {
  const width = Math.max(...results.map(({ check }) => check.length));
  const lines = results.map(({ check, subject, status, text, remedy }) => {
    const words = `${subject}: ${text}${remedy === null ? '' : `; ${remedy}`}`;
    return `${paint(status.padEnd(4), STYLES[status])}  ${check.padEnd(width)}  ${escapeUnsafe(words)}\n`;
  });
  return lines.join('');
}
