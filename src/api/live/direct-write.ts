/**
 * Writes to a connection past the machinery of streams, which costs more than the system call's own share of a small
 * write: straight to the descriptor, while nothing waits in the stream. What the system does not take at once goes the
 * ordinary way (docs/adr/0008).
 *
 * The descriptor is asked of the handle each time and never kept: Node takes the handle from the socket in the moment
 * it closes the descriptor, so one that was given to another connection is never written to.
 */
import { writeSync } from 'node:fs';
import type { Writable } from 'node:stream';

interface WithHandle {
  readonly _handle?: { readonly fd?: number } | null;
}

/** For a socket in which nothing waits. */
export function writeDirectly(socket: Writable, bytes: Buffer): void {
  const fd = (socket as Writable & WithHandle)._handle?.fd;
  if (fd === undefined || fd < 0) {
    socket.write(bytes);
    return;
  }
  let written = 0;
  try {
    written = writeSync(fd, bytes);
  } catch (error) {
    // Full: the stream waits for room. Broken: the stream finds out and closes.
    if (!isSystemError(error)) throw error;
  }
  if (written < bytes.length) socket.write(written === 0 ? bytes : bytes.subarray(written));
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}
