/**
 * One connection of the stream. While it is behind, prices wait as a mark a symbol and it gets the newest of each when
 * it has caught up; what must not be lost (triggers and the rest) is queued up to a limit, and beyond it the connection
 * is closed, with a last word behind what waits: the client comes back with `Last-Event-ID` and misses nothing.
 */
import type { Writable } from 'node:stream';
import type { UserId } from '#domain/alert/alert.ts';
import type { Audience } from './audience.ts';
import type { DeliveryReplay } from './delivery-replay.ts';
import { type Line, lineTo, writeDirectly } from './direct-write.ts';
import { farewell, type Transport } from './frame.ts';
import { MarkSet } from './mark-set.ts';
import type { StartPlace } from './subscription.ts';

/** Of a connection's room, the part that prices may fill: the rest is for what must not be lost. */
const PRICE_SHARE = 4;
/** One that was too slow may come back after this. */
const SLOW_BACK_MS = 1000;

/** Why a connection ended; the values of the metric's label. */
export type CloseReason = 'gone' | 'too slow' | 'no answer' | 'stopping' | 'refused message' | 'mistake';

export interface ReaderOptions {
  readonly userId: UserId;
  readonly transport: Transport;
  readonly socket: Writable;
  readonly place: StartPlace;
  /** Bytes that may wait for it in this process. */
  readonly roomBytes: number;
  readonly now: number;
  /** Ends the connection; called once. */
  readonly close: (reason: CloseReason) => void;
}

export class Reader implements Line {
  readonly userId: UserId;
  readonly transport: Transport;
  readonly socket: Line['socket'];
  readonly handle: Line['handle'];
  readonly fd: number;
  /** Triggers up to this one are known to the client, and deliveries as they were at this time. */
  cursor: number;
  toldUntil: number;
  /** While it gets the deliveries it missed. */
  replay: DeliveryReplay | null = null;
  /** Whom it gets its prices with, and its place among them. The desk's affair. */
  audience: Audience | null = null;
  audienceSeat = 0;
  /** Of its audience's prices, those it is still to get; null while it keeps up. */
  marks: MarkSet | null = null;
  /** The piece (of `PriceQueue`) that was being written when it got the newest prices by itself. */
  newestSince = -1;
  /** Where it stands among all readers, and on the round of heartbeats. The hub's affair. */
  seat = 0;
  round = 0;
  /** WebSocket only: pings without an answer. */
  unanswered = 0;
  /** It was closed a round of heartbeats ago. */
  isLeaving = false;
  /** Null while it is open. */
  closedFor: CloseReason | null = null;
  private healthyAt: number;
  private readonly roomBytes: number;
  private readonly end: (reason: CloseReason) => void;

  constructor({ userId, transport, socket, place, roomBytes, now, close }: ReaderOptions) {
    this.userId = userId;
    this.transport = transport;
    const { handle, fd } = lineTo(socket);
    this.socket = socket;
    this.handle = handle;
    this.fd = fd;
    this.cursor = place.cursor;
    this.toldUntil = place.toldUntil;
    this.roomBytes = roomBytes;
    this.healthyAt = now;
    this.end = close;
  }

  /** The `id` of what is sent next: a client that comes back with it misses nothing. */
  get eventId(): string {
    return `${this.cursor}.${this.toldUntil}`;
  }

  get isClosed(): boolean {
    return this.closedFor !== null;
  }

  get isIdle(): boolean {
    return this.socket.writableLength === 0;
  }

  /** It may get prices, and stored triggers. */
  get hasRoom(): boolean {
    return this.socket.writableLength <= this.roomBytes / PRICE_SHARE;
  }

  /** Asked on every heartbeat: how long has it been behind or full? */
  stalledFor(now: number): number {
    if (this.marks === null && this.hasRoom) this.healthyAt = now;
    return now - this.healthyAt;
  }

  /** From now on its prices wait as marks. */
  fallBehind(): MarkSet {
    this.marks ??= new MarkSet();
    return this.marks;
  }

  /** For one who has room. */
  write(bytes: Buffer): void {
    if (this.isClosed) return;
    if (this.socket.writableLength === 0) writeDirectly(this, bytes);
    else {
      this.socket.write(bytes);
      // What was held back for its first words goes out with them.
      this.socket.uncork();
    }
  }

  /** Prices, where it keeps up: false where they have to wait. */
  offer(bytes: Buffer): boolean {
    if (this.marks !== null) return false;
    const waiting = this.socket.writableLength;
    if (waiting > this.roomBytes / PRICE_SHARE) return false;
    if (this.isClosed) return true;
    if (waiting === 0) writeDirectly(this, bytes);
    else this.socket.write(bytes);
    return true;
  }

  /** What must not be lost. One message always finds room, however long. */
  send(bytes: Buffer): void {
    if (this.isClosed) return;
    const waiting = this.socket.writableLength;
    if (waiting > 0 && waiting + bytes.length > this.roomBytes) this.giveUp();
    else this.socket.write(bytes);
  }

  /** More would have to wait for it than may: it is told so behind all that waits, where it reads that far in time. */
  giveUp(): void {
    if (this.isClosed) return;
    this.socket.write(farewell(this.transport, 'too slow', SLOW_BACK_MS));
    this.close('too slow');
  }

  close(reason: CloseReason): void {
    if (this.isClosed) return;
    this.closedFor = reason;
    this.end(reason);
  }

  /** At once, whatever is still unsent. */
  cut(): void {
    this.socket.destroy();
  }
}
