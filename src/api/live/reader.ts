/**
 * One connection of the stream. Prices are skipped while it is behind and the newest sent when it has caught up; what
 * must not be lost (triggers and the rest) is queued up to a limit, and beyond it the connection is closed: the client
 * comes back with `Last-Event-ID` and misses nothing.
 */
import type { Writable } from 'node:stream';
import type { UserId } from '#domain/alert/alert.ts';
import type { Transport } from './frame.ts';

/** With more than this unsent a reader gets no prices: a second of a busy market. */
export const MAX_PRICE_BACKLOG_BYTES = 256 * 1024;
/** With more than this unsent a reader is closed; ten thousand such readers would be 10 GB, one is nothing. */
export const MAX_BACKLOG_BYTES = 1024 * 1024;
/** A reader that has not caught up for this long is not there any more. */
export const MAX_BEHIND_MS = 60_000;

export interface ReaderOptions {
  readonly userId: UserId;
  readonly transport: Transport;
  readonly socket: Writable;
  /** Triggers up to this one are known to the client. */
  readonly cursor: number;
  /** Ends the connection; called once. */
  readonly close: (reason: string) => void;
}

export class Reader {
  readonly userId: UserId;
  readonly transport: Transport;
  cursor: number;
  /** Since when prices were skipped, null while it keeps up. */
  behindSince: number | null = null;
  /** WebSocket only: pings without an answer. */
  unanswered = 0;
  isClosed = false;
  private readonly socket: Writable;
  private readonly end: (reason: string) => void;

  constructor({ userId, transport, socket, cursor, close }: ReaderOptions) {
    this.userId = userId;
    this.transport = transport;
    this.socket = socket;
    this.cursor = cursor;
    this.end = close;
  }

  get isIdle(): boolean {
    return this.socket.writableLength === 0;
  }

  /** False where the reader is behind and the prices were not sent. */
  sendPrices(bytes: Buffer, now: number): boolean {
    if (this.isClosed) return true;
    if (this.behindSince !== null || this.socket.writableLength > MAX_PRICE_BACKLOG_BYTES) {
      this.behindSince ??= now;
      return false;
    }
    this.socket.write(bytes);
    return true;
  }

  send(bytes: Buffer): void {
    if (this.isClosed) return;
    if (this.socket.writableLength + bytes.length > MAX_BACKLOG_BYTES) this.close('too slow');
    else this.socket.write(bytes);
  }

  close(reason: string): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.end(reason);
  }
}
