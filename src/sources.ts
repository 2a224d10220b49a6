/**
 * The table of price sources: what `SOURCES` may name, and what each name starts. Pushed prices are always taken.
 */

import { createBinance } from '#adapters/source/binance/binance.ts';
import { DEFAULT_PAIRS, instrumentOfPair } from '#adapters/source/binance/pairs.ts';
import { binanceFrames } from '#adapters/source/binance/recorded-frames.ts';
import { createDemo } from '#adapters/source/demo/demo.ts';
import { createReplay } from '#adapters/source/replay/replay.ts';
import { parseReplaySpec } from '#adapters/source/replay/spec.ts';
import type { Source } from '#contracts/source.ts';
import { type InstrumentSymbol, parseSymbol } from '#domain/market/instrument.ts';

/** What `npm run live` watches: live prices that need no key. */
export const LIVE_SOURCES = 'binance';

interface SourceOptions {
  readonly demoSeed: number;
}

export interface SourceSpec {
  readonly text: string;
  /** Plays a recording, so that time is the recording's: no other source can run beside it. */
  readonly recorded: boolean;
  make(options: SourceOptions): Source;
}

type Parsed = { readonly spec: SourceSpec } | { readonly problem: string };

/** By the word before the first colon. */
const KINDS: Readonly<Record<string, (text: string) => Parsed>> = {
  demo: (text) =>
    text === 'demo'
      ? { spec: { text, recorded: false, make: ({ demoSeed }) => createDemo({ seed: demoSeed }) } }
      : { problem: `"${text}": demo has no options; its seed is DEMO_SEED` },

  binance: (text) => {
    const names = text === 'binance' ? [...DEFAULT_PAIRS] : text.slice('binance:'.length).split(',');
    const symbols: InstrumentSymbol[] = [];
    for (const name of names) {
      const symbol = parseSymbol(name);
      if (symbol === undefined || instrumentOfPair(symbol) === undefined)
        return { problem: `"${name}" is no pair: write binance:BTC-USDT,ETH-USDT` };
      symbols.push(symbol);
    }
    return { spec: { text, recorded: false, make: () => createBinance({ symbols }) } };
  },

  replay: (text) => {
    const parsed = parseReplaySpec(text);
    if ('problem' in parsed) return parsed;
    return { spec: { text, recorded: true, make: () => createReplay({ ...parsed.spec, frames: binanceFrames }) } };
  },
};

/** What the text of `SOURCES` names, or every mistake in it. Empty: only pushed prices. */
export function parseSources(
  text: string,
): { readonly specs: readonly SourceSpec[] } | { readonly problems: readonly string[] } {
  const specs: SourceSpec[] = [];
  const problems: string[] = [];
  for (const word of text.split(/\s+/).filter((part) => part !== '' && part !== 'push')) {
    const parse = KINDS[word.split(':')[0] as string];
    const parsed: Parsed = parse ? parse(word) : { problem: `"${word}": there are ${Object.keys(KINDS).join(', ')}` };
    if ('problem' in parsed) problems.push(`SOURCES: ${parsed.problem}`);
    else if (specs.some((spec) => spec.text === parsed.spec.text)) problems.push(`SOURCES: "${word}" is there twice`);
    else specs.push(parsed.spec);
  }
  const recording = specs.find((spec) => spec.recorded);
  if (recording && specs.length > 1)
    problems.push(`SOURCES: "${recording.text}" brings its own time and cannot run beside another source`);
  return problems.length > 0 ? { problems } : { specs };
}
