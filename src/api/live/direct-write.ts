/**
 * Writes to a connection past the machinery of streams, which costs more than the system call's own share of a small
 * write: straight to the descriptor, while nothing waits in the stream. What the system does not take at once goes the
 * ordinary way (docs/adr/0008).
 *
 * A descriptor is worth something only while the socket has the handle it was asked of: Node takes the handle from the
 * socket in the moment it closes the descriptor. That is looked at before each write, so one that was given to another
 * connection is never written to.
 */
import { writeSync } from 'node:fs';
import type { Writable } from 'node:stream';

interface Handle {
  readonly fd?: number;
}

interface WithHandle {
  readonly _handle?: Handle | null;
}

/** A connection with its descriptor: to ask the handle each time costs more than the rest of this. */
export interface Line {
  readonly socket: Writable;
  /** Null for a stream that is no socket. */
  readonly handle: Handle | null;
  readonly fd: number;
}

export function lineTo(socket: Writable): Line {
  const handle = (socket as Writable & WithHandle)._handle ?? null;
  const fd = handle?.fd ?? -1;
  return { socket, handle: fd < 0 ? null : handle, fd };
}

/** For a socket in which nothing waits. */
export function writeDirectly({ socket, handle, fd }: Line, bytes: Buffer): void {
  if (handle === null || (socket as Writable & WithHandle)._handle !== handle) {
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
