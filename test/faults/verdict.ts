/**
 * What came out against what went in: every trigger, every delivery, every call at the far end and every word to the page.
 */
import type { Call } from './far-end.ts';
import type { Arrival } from './listener.ts';

export interface Fired {
  readonly id: string;
  readonly alertId: string;
  readonly after: { readonly at: number };
}

export interface Told {
  readonly id: string;
  readonly triggerId: string;
  readonly status: string;
}

/** From when to when a fault and getting over it lasted, ms UTC. */
export interface Window {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly losesAnswers: boolean;
}

export interface Counts {
  /** Triggers that had to come. */
  due: number;
  lost: number;
  doubled: number;
  /** Triggers that no price asked for. */
  wrong: number;
  /** Deliveries that came more than once, each under the same key because an answer was lost. */
  toldTwice: number;
  /** The same without that excuse, and those that never came. */
  badDeliveries: number;
  /** Triggers the page was not told of, or twice. */
  badAtPage: number;
  readonly examples: string[];
}

export interface Evidence {
  readonly windows: readonly Window[];
  /** By line, and the alert of each line. */
  readonly crossings: readonly (readonly number[])[];
  readonly alertIds: readonly string[];
  readonly triggers: readonly Fired[];
  readonly deliveries: readonly Told[];
  readonly calls: ReadonlyMap<string, readonly Call[]>;
  /** How many calls there had been of a delivery when the ledger was seen to know that it was accepted. */
  readonly settled: ReadonlyMap<string, number>;
  readonly arrivals: readonly Arrival[];
}

/** An answer is in the ledger within it; a notifier that dies before takes it along. */
const UNSAVED_MS = 1_000;

export function judge(evidence: Evidence): readonly Counts[] {
  const { windows, crossings, alertIds, triggers, deliveries, calls, settled, arrivals } = evidence;
  const counts = windows.map(
    (): Counts => ({
      ...{ due: 0, lost: 0, doubled: 0, wrong: 0, toldTwice: 0, badDeliveries: 0, badAtPage: 0 },
      examples: [],
    }),
  );
  const indexAt = (at: number): number =>
    Math.max(
      0,
      windows.findLastIndex(({ from }) => at >= from),
    );
  const countsAt = (at: number): Counts => counts[indexAt(at)] as Counts;
  /** By the far end itself, in the fault at that time, or in one that began before it was in the ledger. */
  const answerLostAt = ({ cameAt, isLost }: Call): number | null =>
    isLost ? cameAt : ([cameAt, cameAt + UNSAVED_MS].find((at) => windows[indexAt(at)]?.losesAnswers) ?? null);
  const when = ({ cameAt }: Call): string => {
    const window = windows[indexAt(cameAt)];
    return `${((cameAt - (window?.from ?? cameAt)) / 1000).toFixed(2)} s into "${window?.name}"`;
  };
  const add = (
    at: number,
    what: 'lost' | 'doubled' | 'wrong' | 'badDeliveries' | 'badAtPage',
    example: string,
  ): void => {
    const here = countsAt(at);
    here[what] += 1;
    if (here.examples.length < 5) here.examples.push(`${what}: ${example}`);
  };

  const firings = new Map<string, Fired[]>();
  for (const fired of triggers) {
    const key = `${fired.alertId} ${fired.after.at}`;
    const same = firings.get(key);
    if (same) same.push(fired);
    else firings.set(key, [fired]);
  }
  for (const [line, times] of crossings.entries())
    for (const at of times) {
      const key = `${alertIds[line]} ${at}`;
      const found = firings.get(key)?.length ?? 0;
      countsAt(at).due += 1;
      if (found === 0) add(at, 'lost', key);
      if (found > 1) add(at, 'doubled', key);
      firings.delete(key);
    }
  for (const [key, some] of firings) add(some[0]?.after.at as number, 'wrong', key);

  const triggerAt = new Map(triggers.map(({ id, after }) => [id, after.at]));
  const known = new Set(deliveries.map(({ id }) => id));
  const tellings = new Map<string, number>();
  for (const { id, triggerId, status } of deliveries) {
    const at = triggerAt.get(triggerId) ?? 0;
    tellings.set(triggerId, (tellings.get(triggerId) ?? 0) + 1);
    const heard = calls.get(id) ?? [];
    if (status !== 'accepted' || heard.length === 0)
      add(at, 'badDeliveries', `${id} is ${status}, and came ${heard.length} times`);
    if (heard.length < 2) continue;
    const lostAt = heard.slice(0, -1).map(answerLostAt);
    const isExcused = !lostAt.includes(null) && heard.length <= (settled.get(id) ?? heard.length);
    if (isExcused) countsAt(lostAt[0] ?? at).toldTwice += 1;
    else
      add(heard[0]?.cameAt ?? at, 'badDeliveries', `${id} came ${heard.length} times: ${heard.map(when).join(', ')}`);
  }
  for (const [id, at] of triggerAt)
    if (tellings.get(id) !== 1) add(at, 'badDeliveries', `trigger ${id} has ${tellings.get(id) ?? 0} deliveries`);
  for (const [key, heard] of calls)
    if (!known.has(key)) add(heard[0]?.cameAt ?? 0, 'badDeliveries', `a call under ${key}, which is no delivery`);

  const seen = new Map<string, number>();
  for (const { id } of arrivals) seen.set(id, (seen.get(id) ?? 0) + 1);
  for (const [id, at] of triggerAt)
    if (seen.get(id) !== 1) add(at, 'badAtPage', `trigger ${id} came ${seen.get(id) ?? 0} times`);
  return counts;
}

/**
 * A trigger that comes later than this after its price is not in time. A price made less than this before a fault waits for
 * that fault, if at all, not for the one before.
 */
const IN_TIME_MS = 1_000;

export interface Service {
  /** The longest time without a word at the page. */
  readonly silenceMs: number;
  /** The longest from a price to its trigger there. */
  readonly waitMs: number;
  /** From the beginning of the window to the last trigger that came late. */
  readonly overMs: number;
}

export function serviceIn({ from, to }: Window, arrivals: readonly Arrival[]): Service {
  let [silenceMs, waitMs, overMs] = [0, 0, 0];
  let before = from;
  for (const { at, cameAt } of arrivals) {
    if (at >= from - IN_TIME_MS && at < to - IN_TIME_MS) {
      waitMs = Math.max(waitMs, cameAt - at);
      if (cameAt - at > IN_TIME_MS) overMs = cameAt - from;
    }
    if (cameAt < from || before >= to) continue;
    silenceMs = Math.max(silenceMs, Math.min(cameAt, to) - before);
    before = cameAt;
  }
  return { silenceMs: Math.max(silenceMs, to - before), waitMs, overMs };
}
