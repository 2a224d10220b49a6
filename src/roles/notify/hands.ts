/**
 * What the notifier has in hand: a few at once for each channel and each kind, a few more waiting behind them, in turn.
 * A slow channel fills only its own hands, a kind that hangs only its kind's; `busy` says which take no more. A kind that
 * asks nobody outside (`isNear`) needs no turns: all its channels are as one, and all that is held is at work.
 */
import type { BusyChannels } from '#contracts/store/deliveries.ts';
import type { ChannelId } from '#domain/alert/alert.ts';

/** At once to one channel: a receiver is not flooded, and one slow answer does not stop the rest. */
export const AT_ONCE_PER_CHANNEL = 4;
/** At once over all channels of a kind: mail servers commonly allow 10 to 20 connections. */
export const AT_ONCE_PER_KIND = 16;
/** In hand, at work or waiting: what waits too long outlives its lease and was taken for nothing. */
export const HELD_PER_CHANNEL = 16;
export const HELD_PER_KIND = 64;
/** Of a near kind: read, delivered and written down together, which costs little more for many than for one. */
export const HELD_NEAR = 512;

interface Limits {
  readonly atOncePerChannel: number;
  readonly atOncePerKind: number;
  readonly heldPerChannel: number;
  readonly heldPerKind: number;
}
const FAR: Limits = {
  atOncePerChannel: AT_ONCE_PER_CHANNEL,
  atOncePerKind: AT_ONCE_PER_KIND,
  heldPerChannel: HELD_PER_CHANNEL,
  heldPerKind: HELD_PER_KIND,
};
const NEAR: Limits = {
  atOncePerChannel: Number.POSITIVE_INFINITY,
  atOncePerKind: Number.POSITIVE_INFINITY,
  heldPerChannel: Number.POSITIVE_INFINITY,
  heldPerKind: HELD_NEAR,
};

interface Lane<T> {
  readonly kind: string;
  readonly waiting: T[];
  atWork: number;
}

export class Hands<T> {
  private readonly lanes = new Map<ChannelId, Lane<T>>();
  private readonly work: (item: T) => Promise<void>;
  private readonly onRoom: () => void;
  private readonly isNear: (kind: string) => boolean;
  private closed = false;
  /** Somebody was told that hands are full and waits for room. */
  private isAwaited = false;

  /** `work` never rejects. `onRoom` is called when hands that `busy` called full are half empty. */
  constructor(work: (item: T) => Promise<void>, onRoom: () => void, isNear: (kind: string) => boolean) {
    this.work = work;
    this.onRoom = onRoom;
    this.isNear = isNear;
  }

  add(channelId: ChannelId, kind: string, item: T): void {
    const name = this.isNear(kind) ? (kind as ChannelId) : channelId;
    const lane = this.lanes.get(name) ?? { kind, waiting: [], atWork: 0 };
    this.lanes.set(name, lane);
    lane.waiting.push(item);
    this.begin(kind);
  }

  busy(): BusyChannels {
    const kinds = new Set([...this.lanes.values()].map((lane) => lane.kind));
    const busy = {
      channelIds: [...this.lanes]
        .filter(([, lane]) => held(lane) >= this.limitsOf(lane.kind).heldPerChannel)
        .map(([id]) => id),
      kinds: [...kinds].filter((kind) => this.heldOf(kind) >= this.limitsOf(kind).heldPerKind),
    };
    if (busy.channelIds.length + busy.kinds.length > 0) this.isAwaited = true;
    return busy;
  }

  /** Begins nothing more, and gives back what was waiting. */
  close(): readonly T[] {
    this.closed = true;
    return [...this.lanes.values()].flatMap((lane) => lane.waiting.splice(0));
  }

  private limitsOf(kind: string): Limits {
    return this.isNear(kind) ? NEAR : FAR;
  }

  private heldOf(kind: string): number {
    let sum = 0;
    for (const lane of this.lanes.values()) if (lane.kind === kind) sum += held(lane);
    return sum;
  }

  private begin(kind: string): void {
    const { atOncePerChannel, atOncePerKind } = this.limitsOf(kind);
    let atWork = 0;
    for (const lane of this.lanes.values()) if (lane.kind === kind) atWork += lane.atWork;
    for (const [id, lane] of [...this.lanes]) {
      if (this.closed || atWork >= atOncePerKind) return;
      if (lane.kind !== kind || lane.atWork >= atOncePerChannel) continue;
      const item = lane.waiting.shift();
      if (item === undefined) continue;
      atWork += 1;
      lane.atWork += 1;
      // To the end of the row: the others of its kind come first next time.
      this.lanes.delete(id);
      this.lanes.set(id, lane);
      void this.work(item).then(() => this.finished(id, lane));
    }
  }

  private finished(id: ChannelId, lane: Lane<T>): void {
    lane.atWork -= 1;
    const channelHeld = held(lane);
    if (channelHeld === 0) this.lanes.delete(id);
    this.begin(lane.kind);
    const { heldPerChannel, heldPerKind } = this.limitsOf(lane.kind);
    const isHalfEmpty = channelHeld === heldPerChannel / 2 || this.heldOf(lane.kind) === heldPerKind / 2;
    if (!this.isAwaited || !isHalfEmpty) return;
    this.isAwaited = false;
    this.onRoom();
  }
}

function held(lane: Lane<unknown>): number {
  return lane.waiting.length + lane.atWork;
}
