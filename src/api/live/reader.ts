/**
 * One connection of the stream. Prices are skipped while it is behind and the newest sent when it has caught up; what
 * must not be lost (triggers and the rest) is queued up to a limit, and beyond it the connection is closed: the client
 * comes back with `Last-Event-ID` and misses nothing.
 */
import type { Writable } from 'node:stream';
import type { UserId } from '#domain/alert/alert.ts';
import type { Transport } from './frame.ts';

/** With more than this unsent a reader gets no prices, and no more stored triggers: a second of a busy market. */
export const ROOM_BYTES = 256 * 1024;
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
  readonly now: number;
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
  private healthyAt: number;
  private isWaiting = false;
  private readonly socket: Writable;
  private readonly end: (reason: string) => void;

  constructor({ userId, transport, socket, cursor, now, close }: ReaderOptions) {
    this.userId = userId;
    this.transport = transport;
    this.socket = socket;
    this.cursor = cursor;
    this.healthyAt = now;
    this.end = close;
  }

  get isIdle(): boolean {
    return this.socket.writableLength === 0;
  }

  get hasRoom(): boolean {
    return this.socket.writableLength <= ROOM_BYTES;
  }

  /** Calls back once when everything was sent; for a reader without room. */
  onceSent(task: () => void): void {
    if (this.isWaiting || this.isClosed) return;
    this.isWaiting = true;
    this.socket.once('drain', () => {
      this.isWaiting = false;
      task();
    });
  }

  /** Asked on every heartbeat: has it been behind or full for so long that nobody is there? */
  isGone(now: number): boolean {
    if (this.behindSince === null && this.hasRoom) this.healthyAt = now;
    return now - this.healthyAt > MAX_BEHIND_MS;
  }

  /** False where the reader is behind and the prices were not sent. */
  sendPrices(bytes: Buffer, now: number): boolean {
    if (this.isClosed) return true;
    if (this.behindSince !== null || !this.hasRoom) {
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
