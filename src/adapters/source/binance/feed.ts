/**
 * Keeps one stream of pairs coming: connects, connects again with back-off and jitter, replaces a connection before its
 * 24 hours are over or when it is silent, and obeys when Binance refuses.
 *
 *             open                  first trade
 *   connecting ───────────────────────────────> live ──(no newer trade time)──> stalled
 *    ^  │ lost: back-off                          │  lost, shutdown, old, stalled     │
 *    └──┴────────────────────────────────────────┴────────────────────────────────────┘
 *    │ refused: until then                 refused for good
 *    └──────────> waiting                  └──────────> failed
 *
 * A replacement is opened before the old connection is closed; both bring trades for a while, which are told apart by
 * their ids.
 */
import type { SourceContext, SourceState } from '#contracts/source.ts';
import type { Allowance } from './allowance.ts';
import { type Connection, type ConnectionEnd, connect } from './connection.ts';
import { readRefusal } from './refusal.ts';
import { readFrame, type Trade } from './trade-frame.ts';

/** Binance ends a connection after 24 hours; ours goes a little earlier, each at its own moment. */
const ROLL_AFTER_MS = 23.5 * 3_600_000;
const ROLL_SPREAD_MS = 15 * 60_000;
/** Old and new run side by side for so long that every trade under way on the old one has come. */
const OVERLAP_MS = 5_000;
const FIRST_BACKOFF_MS = 1_000;
const MAX_BACKOFF_MS = 60_000;
/** Without a newer trade time for this long the feed is taken for dead; doubled while connecting anew does not help. */
const STALL_AFTER_MS = 60_000;
const MAX_STALL_AFTER_MS = 900_000;

export interface FeedOptions {
  readonly endpoint: string;
  readonly context: SourceContext;
  readonly allowance: Allowance;
  readonly onTrade: (trade: Trade) => void;
  readonly onRubbish: (problem: string) => void;
  readonly onState: (state: SourceState, detail: string) => void;
  /** Old and new no longer run side by side. */
  readonly onSingle: () => void;
}

interface Leg {
  readonly connection: Connection;
  isOpen: boolean;
}

export class Feed {
  private readonly options: FeedOptions;
  private pairs: readonly string[] = [];
  /** The connection we count on, or try to make; older ones run out beside it. */
  private newest: Leg | null = null;
  private readonly older = new Set<Leg>();
  private attempts = 0;
  private newestAt = 0;
  private progressAt = 0;
  private stallAfterMs = STALL_AFTER_MS;
  private state: SourceState = 'connecting';
  private stopped = false;
  private readonly timers = new Map<'connect' | 'roll' | 'overlap' | 'stall', () => void>();

  constructor(options: FeedOptions) {
    this.options = options;
  }

  get overlapping(): boolean {
    return this.older.size > 0;
  }

  /** What to watch; a changed list is a new connection that replaces the old one. */
  watch(pairs: readonly string[]): void {
    if (pairs.join() === this.pairs.join() || this.stopped) return;
    this.pairs = pairs;
    this.progressAt = this.options.context.clock.now();
    this.watchForStall();
    this.replace();
  }

  stop(): void {
    this.stopped = true;
    for (const cancel of this.timers.values()) cancel();
    this.timers.clear();
    this.newest?.connection.close();
    this.newest = null;
    this.dropOlder();
  }

  private timer(name: 'connect' | 'roll' | 'overlap' | 'stall', delayMs: number, run: () => void): void {
    this.timers.get(name)?.();
    const cancel = this.options.context.clock.after(delayMs, () => {
      this.timers.delete(name);
      run();
    });
    this.timers.set(name, cancel);
  }

  private say(state: SourceState, detail: string): void {
    this.state = state;
    this.options.onState(state, detail);
  }

  /** Makes a new connection; the present one stays until the new one is open. */
  private replace(): void {
    const { newest } = this;
    this.newest = null;
    if (newest?.isOpen) this.older.add(newest);
    else newest?.connection.close();
    this.connect();
  }

  private connect(): void {
    const { context, allowance, endpoint } = this.options;
    const wait = allowance.connect(context.clock.now());
    if (wait !== null) {
      this.say('waiting', wait.detail);
      this.timer('connect', wait.until - context.clock.now(), () => this.connect());
      return;
    }
    this.timers.get('connect')?.();
    if (this.state !== 'live' && this.state !== 'stalled') this.say('connecting', `connecting to ${endpoint}`);
    const streams = this.pairs.map((pair) => `${pair.toLowerCase()}@trade`).join('/');
    const leg: Leg = {
      isOpen: false,
      connection: connect(`${endpoint}/stream?streams=${streams}`, context.clock, {
        opened: () => this.opened(leg),
        frame: (text) => this.frame(text),
        ended: (end) => this.ended(leg, end),
      }),
    };
    this.newest = leg;
  }

  private opened(leg: Leg): void {
    leg.isOpen = true;
    const spread = ROLL_SPREAD_MS * this.options.context.random();
    this.timer('roll', ROLL_AFTER_MS - spread, () => this.replace());
    if (this.overlapping) this.timer('overlap', OVERLAP_MS, () => this.dropOlder());
  }

  private dropOlder(): void {
    for (const leg of this.older) leg.connection.close();
    this.older.clear();
    this.timers.get('overlap')?.();
    this.timers.delete('overlap');
    if (!this.stopped) this.options.onSingle();
  }

  private frame(text: string): void {
    const frame = readFrame(text);
    if (frame.kind === 'rubbish') this.options.onRubbish(frame.problem);
    if (frame.kind === 'shutdown') {
      // Told on the old connection; the new one must not be replaced for it as well.
      if (this.newest?.isOpen && !this.overlapping) this.replace();
      return;
    }
    if (frame.kind !== 'trade') return;
    if (frame.trade.at > this.newestAt) {
      this.newestAt = frame.trade.at;
      this.progressAt = this.options.context.clock.now();
      this.stallAfterMs = STALL_AFTER_MS;
      this.attempts = 0;
      if (this.state !== 'live') this.say('live', `${this.pairs.length} pairs`);
    }
    this.options.onTrade(frame.trade);
  }

  private ended(leg: Leg, end: ConnectionEnd): void {
    if (this.older.delete(leg)) {
      if (!this.overlapping) this.dropOlder();
      if (this.newest?.isOpen !== true && this.state === 'live') this.say('connecting', 'connection lost');
      return;
    }
    if (this.newest !== leg || this.stopped) return;
    this.newest = null;
    this.timers.get('roll')?.();
    const { clock, random } = this.options.context;
    let reason = end.kind === 'lost' ? end.reason : `refused with HTTP ${end.status}`;
    if (end.kind === 'refused') {
      const refusal = readRefusal(end.status, end.retryAfter, end.body, clock.now());
      if (refusal?.kind === 'never') {
        this.stop();
        this.say('failed', refusal.detail);
        return;
      }
      if (refusal?.kind === 'wait') {
        this.options.allowance.ban(refusal);
        reason = refusal.detail;
      }
    }
    const backoffMs = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(this.attempts, 10));
    this.attempts += 1;
    if (!this.overlapping) this.say(end.kind === 'refused' ? 'waiting' : 'connecting', `connection lost: ${reason}`);
    this.timer('connect', backoffMs * (0.5 + random() / 2), () => this.connect());
  }

  private watchForStall(): void {
    const { clock } = this.options.context;
    const quietMs = clock.now() - this.progressAt;
    if (quietMs < this.stallAfterMs) {
      this.timer('stall', this.stallAfterMs - quietMs, () => this.watchForStall());
      return;
    }
    // Where the connection is lost or refused that has been said already, and is being mended.
    if (this.newest?.isOpen) {
      this.say('stalled', `connected, but no newer trade for ${Math.round(quietMs / 1000)} s; connecting anew`);
      this.replace();
    }
    this.progressAt = clock.now();
    this.stallAfterMs = Math.min(MAX_STALL_AFTER_MS, this.stallAfterMs * 2);
    this.timer('stall', this.stallAfterMs, () => this.watchForStall());
  }
}
