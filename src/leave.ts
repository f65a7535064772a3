/** Work that is done in threads of libuv: an exit waits until it is done, which for a hanging DNS or disk may be never. */
const IN_THREADS = /^(GetAddrInfoReqWrap|GetNameInfoReqWrap|FSReq|FSReqPromise|FSReqCallback|FILEHANDLECLOSEREQ)$/;

/** Ends the process with this code if an exit is seen to wait for threads of libuv; otherwise returns. */
export function leaveIfStuck(code: number): void {
  if (process.getActiveResourcesInfo().some((name) => IN_THREADS.test(name))) leaveAtOnce(code);
}

/** Ends the process with this code and waits for no thread. Returns only where the system does not let it. */
export function leaveAtOnce(code: number): void {
  try {
    // Another program in place of this one ends all threads, and at once.
    process.execve?.('/bin/sh', ['sh', '-c', `exit ${code}`], {});
  } catch {
    // Then it takes its time.
  }
}
