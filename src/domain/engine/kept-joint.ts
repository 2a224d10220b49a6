/**
 * The alerts that look at the same instruments in the same hours, as something that can be saved and brought back. They
 * live apart from the plain alerts of their instrument, which pay nothing for them.
 */
import type { SessionRule } from '../alert/alert.ts';
import type { CalendarId, InstrumentSymbol } from '../market/instrument.ts';
import type { Tick } from '../market/tick.ts';
import { History } from '../signal/history.ts';
import type { SegmentState } from '../signal/history-tier.ts';
import { type AlertRowsChunk, type AlertsChunk, historyKey } from './chunks.ts';
import type { Effect, OtherInstrument, Rule } from './event.ts';
import { InstrumentWatch } from './instrument-watch.ts';
import { JointTape, type JointTapeState, Member } from './joint-tape.ts';
import { KeptAlerts, tableOf } from './kept-alerts.ts';
import type { KeptWatch } from './kept-watch.ts';
import { tapeOf } from './policy.ts';
import type { Sharing } from './rule-writing.ts';
import { TickOrder } from './tick-order.ts';

/** What its alerts look at. */
export interface JointOf {
  readonly session: SessionRule;
  /** Their own instrument. */
  readonly own: OtherInstrument;
  readonly others: readonly OtherInstrument[];
}

export interface JointChunk {
  readonly of: JointOf;
  readonly tape: JointTapeState;
}

/** As read. */
export interface JointChunks {
  readonly joint: JointChunk;
  readonly alerts: readonly (AlertsChunk | AlertRowsChunk)[];
  /** By `TIER/SEGMENT/CALENDAR/SIGNAL`. */
  readonly segments: ReadonlyMap<string, SegmentState>;
}

export function jointOf({ session, symbol, calendar, staleAfterMs, others = [] }: Rule): JointOf {
  return { session, own: { symbol, calendar, staleAfterMs }, others };
}

/** What its chunks' keys begin with: no instrument has a plus in its symbol, and no chunk's name a slash. */
export function jointName({ session, own, others }: JointOf): string {
  const members = [own, ...others].map(
    ({ symbol, calendar, staleAfterMs }) => `${symbol},${calendar.replace('/', '')},${staleAfterMs}`,
  );
  return [...members, session].join('+');
}

export function isJointName(name: string): boolean {
  return name.includes('+');
}

/** Whom its alerts look at. */
export function membersOf(name: string): readonly InstrumentSymbol[] {
  const members = name.split('+').slice(0, -1);
  return members.map((member) => member.slice(0, member.indexOf(',')) as InstrumentSymbol);
}

export class KeptJoint {
  readonly name: string;
  readonly of: JointOf;
  /** Its own instrument's first. */
  readonly members: readonly KeptWatch[];
  readonly watch: InstrumentWatch;
  hasChanged = true;
  readonly #tape: JointTape;
  readonly #alerts: KeptAlerts;

  constructor(of: JointOf, sharing: Sharing, watchOf: (symbol: InstrumentSymbol) => KeptWatch, chunks?: JointChunks) {
    this.name = jointName(of);
    this.of = of;
    const instruments = [of.own, ...of.others];
    this.members = instruments.map(({ symbol }) => watchOf(symbol));
    const [own, ...others] = instruments.map(({ symbol, calendar, staleAfterMs }, index) => {
      const hours = tapeOf({ session: of.session, calendar });
      const tape = (this.members[index] as KeptWatch).settled.tapes.get(hours);
      if (tape === undefined) throw new Error(`no instrument has hours of ${hours}`);
      return new Member(symbol, calendar, staleAfterMs, tape);
    });
    const hours: CalendarId = tapeOf({ session: of.session, calendar: of.own.calendar });
    const tape = new JointTape(hours, [own as Member, ...others]);
    if (chunks !== undefined)
      tape.restoreJoint(chunks.joint.tape, (signal, history) =>
        History.restore(
          history,
          (tier, index) => chunks.segments.get(`${tier}/${index}/${hours}/${signal}`) as SegmentState,
        ),
      );
    this.#tape = tape;
    this.#alerts = new KeptAlerts(this.name);
    this.watch = new InstrumentWatch({
      symbol: of.own.symbol,
      table: tableOf(chunks?.alerts ?? [], sharing, (_, slot) => tape.pending.add(slot)),
      tapes: new Map([[hours, tape]]),
      order: new TickOrder(),
      removed: new Map(),
      lastAt: Number.NEGATIVE_INFINITY,
      sharing,
      changed: (slot) => this.#alerts.changed(slot),
    });
    tape.settle();
  }

  /** The newest tick of its instruments. */
  get lastAt(): number {
    return Math.max(...this.members.map(({ settled }) => settled.lastAt));
  }

  get isEmpty(): boolean {
    return this.watch.table.ids.size === 0;
  }

  passing(at: number, out: Effect[]): Generator<void> {
    this.hasChanged = true;
    return this.watch.passing(at, out);
  }

  /** After one of its instruments has taken the tick in. */
  take(tick: Tick, clock: number, out: Effect[]): Generator<void> | undefined {
    this.hasChanged = true;
    this.#tape.passed = Math.max(clock, this.lastAt);
    return this.watch.take(tick, out);
  }

  /** What has changed since the last call; undefined for a chunk that is gone. */
  *eachChange(): Generator<readonly [key: string, chunk: unknown]> {
    yield* this.#alerts.eachChange(this.watch);
    if (!this.hasChanged) return;
    this.hasChanged = false;
    yield [this.name, this.#chunk()];
    const segments: (readonly [string, unknown])[] = [];
    this.#tape.pasts.takeChanges((of, tier, segment, state) => segments.push([this.#key(of, tier, segment), state]));
    yield* segments;
  }

  /** All that it has remembered of the past of its signals is gone: for one without alerts. */
  forget(): void {
    this.#tape.pasts.settle();
  }

  snapshot(chunks: Map<string, unknown>): void {
    this.#alerts.snapshot(this.watch, chunks);
    chunks.set(this.name, this.#chunk());
    this.#tape.pasts.segments((of, tier, segment, state) => chunks.set(this.#key(of, tier, segment), state));
  }

  #key(of: string, tier: number, segment: number): string {
    return historyKey(this.name, `${this.#tape.calendar}/${of}`, tier, segment);
  }

  #chunk(): JointChunk {
    return { of: this.of, tape: this.#tape.jointState() };
  }
}
