/** Fields that are numbers in journalpump's format, in words of our own. */
export const INTEGER_FIELDS: readonly string[] = [
  'PRIORITY',
  'CODE_LINE',
  '_PID',
  '_GID',
  '_AUDIT_ID',
  '_AUDIT_LOGINUID',
  '_AUDIT_SESSION',
  '_AUDIT_TYPE',
];

/** Those that are ids. */
export const ID_FIELDS: readonly string[] = ['MESSAGE_ID', '_BOOT_ID', '_MACHINE_ID'];
