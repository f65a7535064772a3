/** How a field of the journal becomes one of the Elastic Common Schema. */
interface EcsField {
  readonly keys: readonly string[];
  /** Whole numbers only: anything else would be refused, or worse, change the index. */
  readonly isLong?: true;
}

/** The fields of the journal that have a place in the Elastic Common Schema, with its types in Gulp's index. */
export const ECS_FIELDS: Readonly<Record<string, EcsField>> = {
  MESSAGE: { keys: ['message'] },
  SYSLOG_IDENTIFIER: { keys: ['log.syslog.appname'] },
  SYSLOG_PID: { keys: ['log.syslog.procid'] },
  _HOSTNAME: { keys: ['host.hostname', 'host.name'] },
  _MACHINE_ID: { keys: ['host.id'] },
  _BOOT_ID: { keys: ['host.boot.id'] },
  _PID: { keys: ['process.pid'], isLong: true },
  _COMM: { keys: ['process.name'] },
  _EXE: { keys: ['process.executable'] },
  _CMDLINE: { keys: ['process.command_line'] },
  TID: { keys: ['process.thread.id'], isLong: true },
  _UID: { keys: ['user.id'] },
  _GID: { keys: ['user.group.id'] },
  _SYSTEMD_UNIT: { keys: ['service.name'] },
  CODE_FILE: { keys: ['log.origin.file.name'] },
  CODE_LINE: { keys: ['log.origin.file.line'], isLong: true },
  CODE_FUNC: { keys: ['log.origin.function'] },
};

/** The priorities of syslog, by number. */
export const SEVERITIES = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug'] as const;

/** The facilities of syslog, by number. */
export const FACILITIES = [
  'kern',
  'user',
  'mail',
  'daemon',
  'auth',
  'syslog',
  'lpr',
  'news',
  'uucp',
  'cron',
  'authpriv',
  'ftp',
  'ntp',
  'audit',
  'alert',
  'clock',
  'local0',
  'local1',
  'local2',
  'local3',
  'local4',
  'local5',
  'local6',
  'local7',
] as const;
