/**
 * What an alert sees that looks at other instruments beside its own: the tapes of all of them, as one. Each of its
 * signals is one of a member's, or is calculated from several, and is known while every instrument in it is fresh.
 *
 * A tick of one member is a step: what the others give rests on what it was. A signal of something stale is unknown and
 * keeps its last fresh value, which the next crossing is measured from. Before the first tick of its own instrument
 * nothing is known.
 */
import { openTime } from '../calendar/session.ts';
import type { CalendarId, InstrumentSymbol } from '../market/instrument.ts';
import type { Tick } from '../market/tick.ts';
import type { History, HistoryState } from '../signal/history.ts';
import { LiveSignal } from '../signal/live-signal.ts';
import { instrumentsIn, partsOfRecipe, type Recipe } from '../signal/recipe.ts';
import { JointSignal } from './joint-signal.ts';
import type { Policy } from './policy.ts';
import { type GapBefore, type OtherTicks, Tape } from './tape.ts';
import type { BarsBefore } from './tape-bars.ts';
import { Trails, type TrailsState } from './trails.ts';

/** Its own instrument is the first member. */
export class Member {
  readonly symbol: InstrumentSymbol;
  readonly calendar: CalendarId;
  readonly staleAfterMs: number;
  readonly tape: Tape;
  /** At the step at hand, just before it, and at the step before. */
  isFresh = false;
  wasFresh = false;
  wasFreshLast = false;

  constructor(symbol: InstrumentSymbol, calendar: CalendarId, staleAfterMs: number, tape: Tape) {
    this.symbol = symbol;
    this.calendar = calendar;
    this.staleAfterMs = staleAfterMs;
    this.tape = tape;
  }

  /** Whether a value of `from` still counts at `at`: closed hours do not age it. */
  counts(from: number, at: number): boolean {
    const { calendar, staleAfterMs } = this;
    return at - from <= staleAfterMs || openTime(calendar, from, at, staleAfterMs + 1) <= staleAfterMs;
  }
}

export interface JointTapeState {
  readonly ownAt: number | null;
  /** By signal: its last fresh value; null where it was not known. */
  readonly fresh: Readonly<Record<string, number | null>>;
  readonly trails?: TrailsState;
  readonly silent?: readonly number[];
  /** Absent where none are counted. */
  readonly ticks?: number;
  /** Absent where no window is measured on what is calculated from several. */
  readonly histories?: Readonly<Record<string, HistoryState>>;
}

export class JointTape extends Tape {
  readonly members: readonly [Member, ...Member[]];
  readonly #own: Member;
  readonly #order: (JointSignal | LiveSignal)[] = [];
  /** How far time had come before the tick at hand, which may tell of a moment before that. */
  passed = Number.NEGATIVE_INFINITY;
  /** The time of the last tick of its own instrument: as of the newest one seen. */
  #ownAt: number;
  /** Whose tick was last. */
  #moved: Member;
  /** What was in use until now is left as it should be by one more tick. */
  #isSettling = false;
  /** Of a checkpoint, until alerts have taken up their signals again. */
  #kept: JointTapeState['fresh'] | null = null;

  /** `calendar`: that of the hours of its own instrument that it watches. */
  constructor(calendar: CalendarId, members: readonly [Member, ...Member[]]) {
    super(calendar);
    this.members = members;
    this.#own = members[0];
    this.#moved = members[0];
    this.#ownAt = this.#own.tape.at;
    this.signals.clear();
    this.last = this.#own.tape.last;
    const times = members.map(({ tape }) => tape.at).filter((at) => !Number.isNaN(at));
    if (times.length > 0) this.at = Math.max(...times);
  }

  override get isIdle(): boolean {
    return false;
  }

  override get others(): readonly OtherTicks[] {
    return this.members.slice(1).map((member) => {
      const { symbol, tape } = member;
      const before = member === this.#moved ? tape.before : tape.last;
      // Before its own instrument was seen, nothing is told of the others.
      return { symbol, before, last: tape.last, isFresh: member.isFresh || this.last === null };
    });
  }

  override get seenAt(): number {
    return this.#ownAt;
  }

  /** A window on several slides with the ticks of any. */
  override toldUntil(recipe: Recipe): number {
    const [only, ...more] = this.#among(instrumentsIn(recipe));
    return only === undefined || more.length > 0 ? this.at : only.tape.at;
  }

  override takes({ symbol, at }: Tick): boolean {
    return this.#member(symbol).tape.hasOpen(at);
  }

  /** A step, after the member's own tape has taken the tick in. */
  override advance(tick: Tick, touched: number[]): void {
    const moved = this.#member(tick.symbol);
    const own = this.#own;
    const isOwn = moved === own;
    const before = isOwn ? own.tape.before : own.tape.last;
    this.#moved = moved;
    this.ticks = this.counting.size === 0 ? 0 : this.ticks + 1;
    this.beforeAt = this.at;
    this.at = this.at > moved.tape.at ? this.at : moved.tape.at;
    if (isOwn) this.#ownAt = this.at;
    this.before = before;
    this.last = own.tape.last;
    if (this.#isSettling) this.pasts.settle();
    this.#isSettling = false;
    const passed = this.at > this.passed ? this.at : this.passed;
    for (const member of this.members) {
      const { tape } = member;
      member.isFresh = this.last !== null && tape.last !== null && member.counts(tape.at, this.at);
      const then = member === moved ? tape.before : tape.last;
      const thenAt = member === moved ? tape.beforeAt : tape.at;
      const wasSeen = before !== null && then !== null;
      member.wasFresh = wasSeen && member.counts(thenAt, passed);
      member.wasFreshLast = wasSeen && member.counts(thenAt, this.beforeAt);
    }
    for (const signal of this.#order) {
      if (signal instanceof JointSignal) signal.step(moved, this.at, touched);
      else {
        signal.before = signal.now;
        if (isOwn) signal.now = 0;
        signal.touched(touched);
      }
    }
    this.pasts.remember(this.at);
    this.trails.follow(touched);
  }

  override rest(at: number): void {
    const time = this.at > at ? this.at : at;
    for (const member of this.members)
      member.isFresh = this.last !== null && member.tape.last !== null && member.counts(member.tape.at, time);
    for (const signal of this.#order) if (signal instanceof JointSignal) signal.rest();
    this.trails.rest();
  }

  override isKnown(): boolean {
    return this.last !== null;
  }

  override isStale(_policy: Policy, at: number): boolean {
    return !this.#own.counts(this.#own.tape.at, this.at > at ? this.at : at);
  }

  override gapBefore(): GapBefore | null {
    const { tape, staleAfterMs } = this.#moved;
    return tape.gapBefore(staleAfterMs);
  }

  /** Of any of its instruments. */
  override isBlind(at: number): boolean {
    return this.members.some(({ tape }) => tape.isBlind(at));
  }

  override lose(): void {
    throw new Error('what a source has lost is told to the tape of its instrument');
  }

  override acquire(recipe: Recipe, before: BarsBefore): LiveSignal {
    const parts = partsOfRecipe(recipe).map((part) => this.acquire(part, before));
    const [of] = parts;
    if (of !== undefined && recipe.kind === 'relative' && isOfSeveral(recipe))
      this.pasts.keep(of, recipe.windowMs, this.last === null ? Number.NaN : this.at);
    const signal = this.signals.get(recipe.key) ?? this.#signal(recipe, parts, before);
    signal.users += 1;
    return signal;
  }

  override release(recipe: Recipe): void {
    const signal = this.signals.get(recipe.key) as LiveSignal;
    signal.users -= 1;
    this.#isSettling = true;
    if (signal.users === 0) {
      this.signals.delete(recipe.key);
      this.#order.splice(this.#order.indexOf(signal), 1);
      if (signal.of !== null && recipe.kind === 'relative' && isOfSeveral(recipe))
        this.pasts.keepFor(signal.of, this.#windowsOn(signal.of));
      this.silences = this.silences.filter((other) => other !== signal);
      if (signal instanceof JointSignal) signal.releaseSource();
    }
    for (const part of partsOfRecipe(recipe)) this.release(part);
  }

  override signal(recipe: Recipe): LiveSignal {
    return this.signals.get(recipe.key) as LiveSignal;
  }

  jointState(): JointTapeState {
    const fresh: Record<string, number | null> = { ...this.#kept };
    for (const signal of this.#order)
      if (signal instanceof JointSignal) fresh[signal.recipe.key] = Number.isNaN(signal.fresh) ? null : signal.fresh;
    const histories = this.pasts.state();
    const trails = this.trails.state();
    const silent = this.silences.flatMap(({ now }) => (now > 0 ? [now] : [])).sort((a, b) => a - b);
    return {
      ownAt: Number.isNaN(this.#ownAt) ? null : this.#ownAt,
      fresh: Object.fromEntries(Object.entries(fresh).sort(([a], [b]) => (a < b ? -1 : 1))),
      ...(trails === undefined ? {} : { trails }),
      ...(silent.length === 0 ? {} : { silent }),
      ...(this.ticks === 0 ? {} : { ticks: this.ticks }),
      ...(Object.keys(histories).length === 0 ? {} : { histories }),
    };
  }

  /** The state as it was; alerts acquire their signals after, and `settle` ends that. */
  restoreJoint(
    { ownAt, fresh, trails, silent = [], ticks = 0, histories = {} }: JointTapeState,
    history: (signal: string, state: HistoryState) => History,
  ): void {
    this.ticks = ticks;
    this.#isSettling = true;
    for (const [key, kept] of Object.entries(histories)) this.pasts.restore(key, history(key, kept));
    this.#ownAt = ownAt ?? Number.NaN;
    this.#kept = fresh;
    this.trails = new Trails(trails);
    this.wasSilent = silent;
  }

  settle(): void {
    this.#kept = null;
  }

  /** By their symbols; its own instrument's is null. */
  #among(symbols: ReadonlySet<string | null>): readonly Member[] {
    return this.members.filter((member) => symbols.has(member === this.#own ? null : member.symbol));
  }

  #member(symbol: InstrumentSymbol): Member {
    return this.members.find((member) => member.symbol === symbol) as Member;
  }

  #signal(recipe: Recipe, parts: readonly LiveSignal[], before: BarsBefore): LiveSignal {
    const signal = recipe.kind === 'silence' ? this.#silence(recipe) : this.#joint(recipe, parts, before);
    this.signals.set(recipe.key, signal);
    this.#order.push(signal);
    return signal;
  }

  /** That nothing comes is said of its own instrument only, and is never stale. */
  #silence(recipe: Recipe): LiveSignal {
    const signal = new LiveSignal(recipe, null);
    if (this.last !== null) signal.now = 0;
    this.silences.push(signal);
    return signal;
  }

  #joint(recipe: Recipe, parts: readonly LiveSignal[], before: BarsBefore): JointSignal {
    const members = this.#among(instrumentsIn(recipe));
    const [only] = members;
    const isOfOne = only !== undefined && members.length === 1;
    const source = isOfOne ? this.#source(only, recipe, before) : null;
    const signal = new JointSignal(recipe, parts, members, source);
    const kept = this.#kept?.[recipe.key];
    signal.begin(kept === undefined ? undefined : (kept ?? Number.NaN), this.at);
    return signal;
  }

  #windowsOn(signal: LiveSignal): readonly number[] {
    return this.#order.flatMap(({ recipe, of }) =>
      of === signal && recipe.kind === 'relative' && isOfSeveral(recipe) ? [recipe.windowMs] : [],
    );
  }

  #source(
    member: Member,
    recipe: Recipe,
    before: BarsBefore,
  ): { readonly of: LiveSignal; readonly release: () => void } {
    const { tape, calendar, symbol } = member;
    const theirs = recipe.kind === 'other' ? recipe.of : recipe;
    const history = (recipe.kind === 'other' ? before.others?.[symbol] : before.history) ?? {};
    return { of: tape.acquire(theirs, { calendar, history }), release: () => tape.release(theirs) };
  }
}

function isOfSeveral(recipe: Recipe): boolean {
  return instrumentsIn(recipe).size > 1;
}
