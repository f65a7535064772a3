/** How a run of journalctl ended; `failure`: it could not even be started. */
export interface RunEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly failure?: string;
}

/** Says it in words, with journalctl's last complaint. */
export function describeEnd({ code, signal, failure }: RunEnd, complaint: string): string {
  if (failure !== undefined) return `journalctl could not be started: ${failure}`;
  const how = signal === null ? `exit code ${String(code)}` : `signal ${signal}`;
  return `journalctl ended with ${how}${complaint === '' ? '' : ` ("${complaint}")`}`;
}
