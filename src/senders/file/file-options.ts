import type { Ownership } from './ownership.ts';

/** When a file is rotated. */
export interface RotateOptions {
  readonly max_bytes?: number | undefined;
  /** Seconds, or a text such as `1d`. */
  readonly interval?: number | string | undefined;
  readonly compress: 'none' | 'gzip' | 'zstd';
}

/** Which rotated files are kept. */
export interface KeepOptions {
  readonly files?: number | undefined;
  /** Seconds, or a text such as `30d`. */
  readonly age?: number | string | undefined;
  readonly total_bytes?: number | undefined;
}

/** The file sender's own options; see `definition.ts` for what they mean. */
export interface FileSenderOptions {
  readonly file_output: string;
  readonly fsync: 'batch' | 'interval' | 'never';
  /** Seconds. */
  readonly fsync_interval: number;
  readonly file_mode: string;
  readonly create_directories: boolean;
  readonly directory_mode?: string;
  readonly owner?: string | undefined;
  readonly group?: string | undefined;
  readonly rotate?: RotateOptions | undefined;
  readonly keep?: KeepOptions | undefined;
  readonly hash_chain?: boolean | { readonly key?: string | undefined } | undefined;
  readonly max_open_files?: number;
}

/** How files are opened and made. */
export interface OpenOptions extends Ownership {
  readonly root: string;
  /** The path comes from entries, or is renamed by us: links are not followed. */
  readonly isStrict: boolean;
  /** Directories below the root are made. */
  readonly hasPlaces: boolean;
  readonly createsDirectories: boolean;
  readonly fileMode: number;
  readonly directoryMode: number;
  /** Directories that were found to be right since the present batch began. */
  readonly checked: Set<string>;
  /** Directories with new names, which are to be forced to the disk before anything is acknowledged. */
  readonly unsynced: Set<string>;
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** Milliseconds of a number of seconds or a text such as `90s`, `12h`, `30d`. */
export function durationMs(value: number | string | undefined): number | undefined {
  if (value === undefined || typeof value === 'number') return value === undefined ? undefined : value * 1000;
  const [, count, unit] = /^(\d+(?:\.\d+)?)\s*([smhdw]?)$/.exec(value) ?? [];
  return Number(count) * UNITS[unit === '' || unit === undefined ? 's' : unit]! * 1000;
}
