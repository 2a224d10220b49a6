/**
 * What alerts see that look at several instruments, straight from the text: part of the evaluator by brute force.
 */
import { openTime } from '#domain/calendar/session.ts';
import { isLevel, partsOf } from '#domain/condition/leaves.ts';
import type { Operand, Signal } from '#domain/condition/tree.ts';
import type { Rule } from '#domain/engine/event.ts';
import type { Tick } from '#domain/market/tick.ts';
import { type Known, leavesOf } from './brute-truth.ts';
import {
  calculated,
  difference,
  type Hours,
  hoursOf,
  type Instrument,
  instrumentOf,
  isBlindAt,
  type Measure,
  measured,
  measureOf,
  remember,
  type View,
  type Watched,
} from './brute-values.ts';

interface Member {
  /** As conditions name it; null for the alerts' own instrument. */
  readonly looked: string | null;
  readonly instrument: Instrument;
  readonly hours: Hours;
  readonly isFreshAt: (time: number) => boolean;
  readonly staleAfterMs: number;
}

/** All alerts that look at the same instruments in the same hours. */
export class Joint implements View {
  readonly symbol: string;
  readonly alerts = new Map<string, Watched>();
  readonly members: readonly Member[];
  readonly own: Hours;
  ownAt: number | null;
  seenAt: number;
  silentUntil = 0;
  #moved: Member | undefined;
  /** Of what moves that is calculated from several: what it was, at each step since an alert looked at it. */
  readonly #pasts = new Map<string, { readonly at: number; readonly value: number }[]>();
  /** The last fresh value of all that its alerts look at, from when the first of them did. */
  readonly #fresh = new Map<string, { readonly measure: Measure; value: Known }>();

  constructor(rule: Rule, instrumentOf: (symbol: string) => Instrument) {
    const { symbol, session, calendar, staleAfterMs, others = [] } = rule;
    this.symbol = symbol;
    this.members = [{ symbol, calendar, staleAfterMs }, ...others].map((one, index) => {
      const instrument = instrumentOf(one.symbol);
      const hours = hoursOf(instrument, { session, calendar: one.calendar });
      const isFreshAt = (time: number): boolean => {
        const last = hours.ticks.at(-1);
        return last !== undefined && openTime(one.calendar, last.at, time, one.staleAfterMs + 1) <= one.staleAfterMs;
      };
      return { looked: index === 0 ? null : one.symbol, instrument, hours, isFreshAt, staleAfterMs: one.staleAfterMs };
    });
    this.own = (this.members[0] as Member).hours;
    this.ownBefore = this.own.ticks.at(-1);
    this.ownAt = this.ownBefore?.at ?? null;
    this.seenAt = Math.max(0, ...this.members.map(({ hours }) => hours.ticks.at(-1)?.at ?? 0));
  }

  get newest(): number {
    return Math.max(...this.members.map(({ instrument }) => instrument.newest));
  }

  get calendar(): Hours['calendar'] {
    return this.own.calendar;
  }

  get ticks(): Hours['ticks'] {
    return this.own.ticks;
  }

  /** As of the last step. */
  ownBefore: Hours['ticks'][number] | undefined;

  toldUntil(signal: Signal): number | null {
    if (isOfSeveral(signal)) return null;
    const hours = this.members.find(({ looked }) => looked === instrumentOf(signal))?.hours;
    return hours?.ticks.at(-1)?.at ?? null;
  }

  isBlindAt(time: number): boolean {
    return this.members.some(({ hours }) => isBlindAt(hours, time));
  }

  view(): View {
    return this;
  }

  /** The last fresh value, where every instrument in it is fresh at `time`. */
  look(measure: Measure, time: number): Known {
    return this.#isFresh(measure, Math.max(time, this.seenAt)) ? this.lastFresh(measure) : null;
  }

  lastFresh(measure: Measure): Known {
    return this.#fresh.get(JSON.stringify(measure))?.value ?? null;
  }

  /** One of them has ticked, when time had come to `passed`. */
  step(member: Member, passed: number): void {
    this.#moved = member;
    this.seenAt = Math.max(this.seenAt, member.hours.ticks.at(-1)?.at as number);
    if (member.looked === null) this.ownAt = this.seenAt;
    this.silentUntil = member.looked === null ? this.seenAt : passed;
    this.ownBefore = this.own.ticks.at(-1);
    for (const kept of this.#fresh.values())
      if (this.#isFresh(kept.measure, this.seenAt)) kept.value = this.#valueOf(kept.measure);
    const moving = this.#movingOfSeveral();
    for (const key of this.#pasts.keys()) if (!moving.has(key)) this.#pasts.delete(key);
    for (const [key, { of, windowMs }] of moving) {
      const past = this.#pasts.get(key) ?? [];
      const value = this.look(of, this.seenAt);
      if (value !== null) remember(past, this.seenAt, value, windowMs);
    }
  }

  /** What moves that is calculated from several instruments, with the longest window. */
  #movingOfSeveral(): ReadonlyMap<string, { readonly of: Signal; readonly windowMs: number }> {
    const moves = [...this.#fresh.values()].flatMap(({ measure }) =>
      measure.kind === 'moved' && isOfSeveral(measure.of) ? [measure] : [],
    );
    const bySignal = Map.groupBy(moves, ({ of }) => JSON.stringify(of));
    return new Map(
      [...bySignal].map(([key, some]) => {
        const [{ of }] = some as [(typeof some)[number]];
        return [key, { of, windowMs: Math.max(...some.map(({ windowMs }) => windowMs)) }];
      }),
    );
  }

  /** What nobody looks at any more is forgotten; what is new begins with the last values there are. */
  tidy(): void {
    const alive = [...this.alerts.values()].filter(({ status }) => status !== 'done' && status !== 'expired');
    const wanted = new Map<string, Measure>();
    const within = (measure: Measure): void => {
      wanted.set(JSON.stringify(measure), measure);
      for (const part of madeOf(measure)) within(part);
    };
    for (const { rule } of alive)
      for (const leaf of leavesOf(rule.condition)) if (leaf.kind !== 'no-data') within(measureOf(leaf));
    for (const key of this.#fresh.keys()) if (!wanted.has(key)) this.#fresh.delete(key);
    for (const [key, measure] of wanted)
      if (!this.#fresh.has(key)) this.#fresh.set(key, { measure, value: this.#valueOf(measure) });
    for (const [key, { of }] of this.#movingOfSeveral()) {
      if (this.#pasts.has(key)) continue;
      const value = this.own.ticks.length === 0 ? null : this.lastFresh(of);
      this.#pasts.set(key, value === null ? [] : [{ at: this.seenAt, value }]);
    }
  }

  /** The last ticks of the others: of the one that has just ticked, the one before as well. */
  others(
    isLive: boolean,
  ): readonly { readonly symbol: string; readonly before: Tick | null; readonly after: Tick | null }[] {
    return this.members.slice(1).map((member) => {
      const { ticks } = member.hours;
      const before = ticks.at(member === this.#moved ? -2 : -1)?.tick ?? null;
      return { symbol: member.looked as string, before: isLive ? before : null, after: ticks.at(-1)?.tick ?? null };
    });
  }

  /** Before its own instrument was seen, nothing is. */
  #isFresh(measure: Measure, time: number): boolean {
    const symbols = instrumentsOf(measure);
    return (
      this.own.ticks.length > 0 &&
      this.members.every(({ looked, isFreshAt }) => !symbols.has(looked) || isFreshAt(time))
    );
  }

  /** On the last ticks, however old. */
  #valueOf(measure: Measure): Known {
    const side = (of: Operand): Known => (isLevel(of) ? of.value : this.#valueOf(of));
    switch (measure.kind) {
      case 'other':
        return measured(this.#member(measure.symbol), measure.of);
      case 'moved': {
        if (isOfSeveral(measure.of)) {
          const past = this.#pasts.get(JSON.stringify(measure.of)) ?? [];
          const from = past.findLast(({ at }) => at <= this.seenAt - measure.windowMs)?.value ?? null;
          return difference(from, this.#valueOf(measure.of), measure.inPercent);
        }
        const of = instrumentOf(measure.of);
        return measured(of === null ? this.own : this.#member(of), measure);
      }
      case 'arithmetic':
        return calculated(measure.op, side(measure.left), side(measure.right));
      case 'abs': {
        const value = this.#valueOf(measure.of);
        return value === null ? null : Math.abs(value);
      }
      case 'average':
        if (measure.of.kind === 'other')
          return measured(this.#member(measure.of.symbol), { ...measure, of: measure.of.of });
        return measured(this.own, measure);
      default:
        return measured(this.own, measure);
    }
  }

  #member(symbol: string): Hours {
    return this.members.find(({ looked }) => looked === symbol)?.hours as Hours;
  }
}

function isOfSeveral(signal: Signal): boolean {
  return instrumentsOf(signal).size > 1;
}

/** What is looked at together with it. */
function madeOf(measure: Measure): readonly Measure[] {
  switch (measure.kind) {
    case 'moved':
      return [measure.of];
    case 'change':
      return [{ kind: 'price' }];
    case 'since':
      return [{ kind: 'price' }, { kind: 'day', of: measure.of }];
    case 'other':
      return madeOf(measure.of).map((of): Measure => (of.kind === 'moved' ? of : { ...measure, of }));
    default:
      return partsOf(measure);
  }
}

export function instrumentsOf(measure: Measure): ReadonlySet<string | null> {
  if (measure.kind === 'other') return new Set([measure.symbol]);
  const parts: readonly Measure[] = measure.kind === 'moved' ? [measure.of] : partsOf(measure);
  return parts.length === 0 ? new Set([null]) : new Set(parts.flatMap((part) => [...instrumentsOf(part)]));
}
