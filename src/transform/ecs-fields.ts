/** Where a field of the journal stands in an ECS document; `convert` gives undefined for a value that does not fit there. */
export interface EcsTarget {
  readonly name: string;
  readonly convert?: (value: string) => unknown;
}

/** Fields of the journal (without leading underscores) by their names in the Elastic Common Schema. */
export const ECS_FIELDS: Readonly<Record<string, readonly EcsTarget[]>> = {
  MESSAGE: [{ name: 'message' }],
  CURSOR: [{ name: 'event.id' }],
  SEQNUM: [{ name: 'event.sequence', convert: integer }],
  MESSAGE_ID: [{ name: 'event.code' }],
  SOURCE_REALTIME_TIMESTAMP: [{ name: 'event.created', convert: isoTime }],
  HOSTNAME: [{ name: 'host.hostname' }, { name: 'host.name' }],
  MACHINE_ID: [{ name: 'host.id' }],
  BOOT_ID: [{ name: 'host.boot.id' }],
  PID: [{ name: 'process.pid', convert: integer }],
  TID: [{ name: 'process.thread.id', convert: integer }],
  COMM: [{ name: 'process.name' }],
  EXE: [{ name: 'process.executable' }],
  CMDLINE: [{ name: 'process.command_line' }],
  UID: [{ name: 'user.id' }],
  GID: [{ name: 'user.group.id' }],
  SYSTEMD_UNIT: [{ name: 'service.name' }],
  SYSLOG_IDENTIFIER: [{ name: 'log.syslog.appname' }],
  SYSLOG_PID: [{ name: 'log.syslog.procid' }],
  SYSLOG_MSGID: [{ name: 'log.syslog.msgid' }],
  CODE_FILE: [{ name: 'log.origin.file.name' }],
  CODE_LINE: [{ name: 'log.origin.file.line', convert: integer }],
  CODE_FUNC: [{ name: 'log.origin.function' }],
  ERRNO: [{ name: 'error.code' }],
  CONTAINER_ID_FULL: [{ name: 'container.id' }],
  CONTAINER_NAME: [{ name: 'container.name' }],
  IMAGE_NAME: [{ name: 'container.image.name' }],
  // `@timestamp`, `log.level` and `log.syslog` are made of these.
  REALTIME_TIMESTAMP: [],
  PRIORITY: [],
  SYSLOG_FACILITY: [],
};

/** syslog's severities: as levels, as journald spells them, and by their full names. */
export const SEVERITIES: readonly { readonly level: string; readonly name: string }[] = [
  { level: 'emerg', name: 'Emergency' },
  { level: 'alert', name: 'Alert' },
  { level: 'crit', name: 'Critical' },
  { level: 'err', name: 'Error' },
  { level: 'warning', name: 'Warning' },
  { level: 'notice', name: 'Notice' },
  { level: 'info', name: 'Informational' },
  { level: 'debug', name: 'Debug' },
];

export const FACILITIES: readonly string[] = [
  ...['kern', 'user', 'mail', 'daemon', 'auth', 'syslog', 'lpr', 'news', 'uucp', 'cron', 'authpriv', 'ftp'],
  ...['ntp', 'security', 'console', 'solaris-cron'],
  ...Array.from({ length: 8 }, (_, n) => `local${n}`),
];

function integer(value: string): number | undefined {
  return /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}

function isoTime(value: string): string | undefined {
  if (!/^\d{1,16}$/.test(value)) return undefined;
  return `${new Date(Number(value) / 1000).toISOString().slice(0, 19)}.${value.padStart(7, '0').slice(-6)}Z`;
}
