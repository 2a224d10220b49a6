/**
 * What an independent program computed from a recording: for each of its cases the alert that asks for it, how often it
 * must fire, and when first.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

type Firing = readonly [index: number, at: number, price: number, ...rest: number[]];

interface Case {
  readonly symbol: string;
  readonly kind: 'price' | 'pct_window';
  readonly threshold?: number;
  readonly first_above?: Firing | null;
  readonly first_below?: Firing | null;
  readonly n_cross_up?: number;
  readonly n_cross_down?: number;
  readonly cross_up_first10?: readonly Firing[];
  readonly cross_down_first10?: readonly Firing[];
  readonly window_ms?: number;
  readonly pct?: number;
  readonly n_episodes?: number;
  readonly first10_episode_starts?: readonly Firing[];
}

/** One alert and the firings the oracle has for it. */
export interface Expected {
  readonly alert: Readonly<Record<string, unknown>>;
  readonly count: number;
  readonly first: readonly (readonly [at: number, price: number])[];
}

const placeOf = ([, at, price]: Firing): readonly [number, number] => [at, price];

function expectations(cases: readonly Case[]): readonly Expected[] {
  const every = { frequency: 'repeat', cooldown: '0s', session: 'all' };
  const once = { frequency: 'once', session: 'all' };
  return cases.flatMap((one): Expected[] => {
    const { symbol } = one;
    if (one.kind === 'pct_window') {
      const condition = `abs(change(${(one.window_ms as number) / 1000}s)) >= ${one.pct}%`;
      const first = (one.first10_episode_starts ?? []).map(placeOf);
      return [{ alert: { symbol, condition, ...every }, count: one.n_episodes as number, first }];
    }
    const line = one.threshold as number;
    const state = (condition: string, firing: Firing | null | undefined): Expected => ({
      alert: { symbol, condition, ...once },
      count: firing ? 1 : 0,
      first: firing ? [placeOf(firing)] : [],
    });
    const crossing = (direction: string, count: number, first: readonly Firing[]): Expected => ({
      alert: { symbol, condition: `price crosses ${direction} ${line}`, ...every },
      count,
      first: first.map(placeOf),
    });
    return [
      state(`price > ${line}`, one.first_above),
      state(`price < ${line}`, one.first_below),
      crossing('above', one.n_cross_up as number, one.cross_up_first10 as readonly Firing[]),
      crossing('below', one.n_cross_down as number, one.cross_down_first10 as readonly Firing[]),
    ];
  });
}

export function readOracle(file: string): readonly Expected[] {
  const { cases } = JSON.parse(gunzipSync(readFileSync(file)).toString()) as { cases: readonly Case[] };
  return expectations(cases);
}

/** A trigger as the API shows it, as far as an oracle knows it. */
export interface Fired {
  readonly alertId: string;
  readonly epoch: number;
  readonly after: { readonly at: number; readonly price: number };
}

/** Where the triggers are not what is expected, one line each; `ids` are those of the alerts made of `expected`. */
export function differences(
  expected: readonly Expected[],
  ids: readonly string[],
  triggers: readonly Fired[],
): readonly string[] {
  const lines: string[] = [];
  for (const [index, { alert, count, first }] of expected.entries()) {
    const what = `${alert['symbol']} ${alert['condition']}`;
    const fired = triggers.filter(({ alertId }) => alertId === ids[index]).sort((a, b) => a.epoch - b.epoch);
    if (fired.length !== count) lines.push(`${what}: fired ${fired.length} times, not ${count}`);
    for (const [nth, [at, price]] of first.entries()) {
      const after = fired[nth]?.after;
      if (after?.at !== at || after.price !== price)
        lines.push(`${what}: firing ${nth + 1} at ${after?.at} (${after?.price}), not ${at} (${price})`);
    }
  }
  return lines;
}
