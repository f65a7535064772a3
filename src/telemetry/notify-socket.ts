import { getSystemErrorName } from 'node:util';

/** Where datagrams for a service manager go. */
export interface NotifySocket {
  /** Sends it in one datagram, without waiting; returns the name of the system's error (`EAGAIN`), undefined when it is sent. */
  send(text: string): string | undefined;
  close(): void;
}

// The same numbers on x64 and arm64.
const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
/** sockaddr_un(7) */
const MAX_PATH = 108;

/** Whether it can be the address of such a socket: a path, or an abstract name behind an `@`. */
export function isNotifyAddress(address: string): boolean {
  const fits = Buffer.byteLength(address) < MAX_PATH && !address.includes('\0');
  return fits && (address.startsWith('/') || /^@./s.test(address));
}

/** A socket to this address. Node has no datagrams of this kind: they are sent by the C library itself (decision 23). */
export async function openNotifySocket(address: string): Promise<NotifySocket> {
  const { dlopen, getInt32 } = await import('node:ffi');
  const { functions: libc } = dlopen(null, {
    socket: { arguments: ['int32', 'int32', 'int32'], return: 'int32' },
    sendto: { arguments: ['int32', 'buffer', 'uint64', 'int32', 'buffer', 'uint32'], return: 'int64' },
    close: { arguments: ['int32'], return: 'int32' },
    __errno_location: { arguments: [], return: 'pointer' },
  });
  const lastError = (): string => getSystemErrorName(-getInt32(libc.__errno_location()));
  const socket = libc.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket < 0) throw new Error(`there is no socket to be had: ${lastError()}`);
  const to = addressBytes(address);
  return {
    send: (text) => {
      const bytes = Buffer.from(text);
      const sent = libc.sendto(socket, bytes, BigInt(bytes.length), MSG_DONTWAIT | MSG_NOSIGNAL, to, to.length);
      return sent < 0n ? lastError() : undefined;
    },
    close: () => {
      libc.close(socket);
    },
  };
}

function addressBytes(address: string): Buffer {
  const family = Buffer.from([AF_UNIX, 0]); // both are little-endian
  const name = address.startsWith('@') ? `\0${address.slice(1)}` : `${address}\0`;
  return Buffer.concat([family, Buffer.from(name)]);
}
