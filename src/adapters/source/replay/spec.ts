/**
 * `replay:PATH?speed=max|0|N&symbol=SYMBOL` as the settings write it.
 */
import { type InstrumentSymbol, parseSymbol } from '#domain/market/instrument.ts';

/** 'max': as fast as it is taken; 0: everything is registered, nothing is played; n: n times as fast as it happened. */
export type ReplaySpeed = 'max' | number;

export interface ReplaySpec {
  readonly path: string;
  readonly speed: ReplaySpeed;
  /** What the file is about, for a file that has no symbol column. */
  readonly symbol: InstrumentSymbol | null;
}

/** A day in 86 ms; beyond this 'max' is meant. */
const MAX_SPEED = 1_000_000;

/** The recording a text names, or a sentence that says what is wrong with it. */
export function parseReplaySpec(text: string): { readonly spec: ReplaySpec } | { readonly problem: string } {
  const match = /^replay:([^?]+)(?:\?(.*))?$/.exec(text);
  if (match === null) return { problem: `"${text}" must be replay:PATH or replay:PATH?speed=max` };
  let speed: ReplaySpeed = 'max';
  let symbol: InstrumentSymbol | null = null;
  for (const [name, value] of new URLSearchParams(match[2] ?? '')) {
    if (name === 'speed') {
      const number = /^\d{1,7}(\.\d{1,6})?$/.test(value) ? Number(value) : Number.NaN;
      if (value !== 'max' && !(number <= MAX_SPEED))
        return { problem: `speed must be max, 0 (paused) or a number up to ${MAX_SPEED}, not "${value}"` };
      speed = value === 'max' ? 'max' : number;
    } else if (name === 'symbol') {
      const parsed = parseSymbol(value);
      if (parsed === undefined) return { problem: `"${value}" cannot be a symbol` };
      symbol = parsed;
    } else {
      return { problem: `a replay has no option "${name}": there are speed and symbol` };
    }
  }
  return { spec: { path: match[1] as string, speed, symbol } };
}
