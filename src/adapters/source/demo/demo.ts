/**
 * The demo source: a made-up market that ticks every second, labelled as a demo everywhere. The first start fills the
 * charts of the last days, coarser the longer ago; a restart goes on along the same path: after a short stop with the
 * seconds that were missed, after a long one with a gap, and the charts filled. What fills charts never fires an alert.
 */
import { type Clock, sleep } from '#contracts/clock.ts';
import type { Source, SourceContext, SourceEvents } from '#contracts/source.ts';
import { openTime, sessionAt } from '#domain/calendar/session.ts';
import type { Tick } from '#domain/market/tick.ts';
import { LISTINGS, type Listing } from './listings.ts';
import { createMarket, type Quote } from './market.ts';

export interface DemoOptions {
  /** The same seed, the same prices. */
  readonly seed: number;
}

const NAME = 'demo';
/** Seconds missed by no more than this (a restart, a busy machine) are told as they were; more is a gap. */
export const CATCH_UP_SECONDS = 10;
/** How far back charts are filled, and how densely by age: some 1,050 ticks an instrument, written in a second or two. */
export const FILLED_SECONDS = 3 * 86_400;
const DENSITY: readonly { readonly youngerThan: number; readonly everySeconds: number }[] = [
  { youngerThan: 3_600, everySeconds: 15 },
  { youngerThan: 6 * 3_600, everySeconds: 60 },
  { youngerThan: 24 * 3_600, everySeconds: 300 },
  { youngerThan: Number.POSITIVE_INFINITY, everySeconds: 600 },
];
/** Ticks handed on at once while charts are filled. */
const FILL_BATCH = 2_000;

interface Trade {
  readonly listing: Listing;
  readonly quote: (second: number) => Quote;
}

/** The seconds after `from` and before `to` for which charts get a price, oldest first, and how many each stands for. */
export function* fillSeconds(from: number, to: number): Generator<{ readonly second: number; readonly span: number }> {
  for (let second = Math.max(from, to - FILLED_SECONDS); ; ) {
    const { everySeconds } = DENSITY.find(({ youngerThan }) => to - second <= youngerThan) as (typeof DENSITY)[number];
    second = (Math.floor(second / everySeconds) + 1) * everySeconds;
    if (second >= to) return;
    yield { second, span: everySeconds };
  }
}

export function createDemo({ seed }: DemoOptions): Source {
  const all: readonly Trade[] = LISTINGS.map((listing) => ({ listing, quote: createMarket(seed, listing) }));
  let trades = all;
  let stopping = new AbortController();
  let work: Promise<void> = Promise.resolve();

  /** The tick of a second; a tick of a chart carries what was traded in the whole span it stands for. */
  function tickAt({ listing, quote }: Trade, second: number, clock: Clock, span = 1): Tick {
    const at = second * 1000;
    const { price, volume } = quote(second);
    return {
      symbol: listing.instrument.symbol,
      price,
      ...(volume === undefined ? {} : { volume: Number((volume * span).toFixed(listing.sizeDecimals)) }),
      at,
      receivedAt: Math.max(at, clock.now()),
      source: NAME,
      sequence: second,
    };
  }

  async function play(context: SourceContext, events: SourceEvents, signal: AbortSignal): Promise<void> {
    const { clock, resumeAfter } = context;
    const present = (): number => Math.floor(clock.now() / 1000);
    const lastOf = ({ listing }: Trade): number =>
      Math.floor((resumeAfter.get(listing.instrument.symbol)?.at ?? Number.NEGATIVE_INFINITY) / 1000);
    const trading = ({ listing }: Trade, second: number): boolean =>
      sessionAt(listing.instrument.calendar, second * 1000).open;

    /** Fills charts up to `until`, and says what nobody saw. */
    async function fill(until: number, after: (trade: Trade) => number): Promise<void> {
      if (trades.length === 0) return;
      for (const trade of trades) {
        const { symbol, calendar } = trade.listing.instrument;
        const from = after(trade) * 1000;
        const unseen = CATCH_UP_SECONDS * 1000 + 1;
        if (from > 0 && openTime(calendar, from, until * 1000, unseen) >= unseen)
          await events.gap(symbol, from, until * 1000, 'the demo market was not running');
      }
      let batch: Tick[] = [];
      for (const { second, span } of fillSeconds(Math.min(...trades.map(after)), until)) {
        for (const trade of trades)
          if (second > after(trade) && trading(trade, second)) batch.push(tickAt(trade, second, clock, span));
        if (batch.length < FILL_BATCH) continue;
        if (signal.aborted) return;
        await events.history(batch);
        batch = [];
      }
      if (batch.length > 0 && !signal.aborted) await events.history(batch);
    }

    let told = Math.max(...trades.map(lastOf));
    if (present() - told > CATCH_UP_SECONDS) {
      events.state('connecting', 'drawing the last days');
      const until = present();
      await fill(until, lastOf);
      told = until - 1;
    }
    if (signal.aborted) return;
    events.state('live', `a made-up market, seed ${seed}`);
    while (!signal.aborted) {
      const now = present();
      if (now - told > CATCH_UP_SECONDS) {
        const before = told;
        await fill(now, () => before);
        told = now - 1;
      }
      const ticks: Tick[] = [];
      for (let second = told + 1; second <= now; second += 1)
        for (const trade of trades)
          if (second > lastOf(trade) && trading(trade, second)) ticks.push(tickAt(trade, second, clock));
      told = Math.max(told, now);
      if (ticks.length > 0 && !signal.aborted) await events.emit(ticks);
      await sleep(clock, 1000 - (clock.now() % 1000), signal);
    }
  }

  return {
    name: NAME,
    demo: true,
    recordedTime: null,
    instruments: async () => LISTINGS.map(({ instrument }) => instrument),
    async start(context, events) {
      const current = new AbortController();
      stopping = current;
      work = play(context, events, current.signal).catch((error: unknown) => {
        if (!current.signal.aborted) events.state('failed', error instanceof Error ? error.message : String(error));
      });
    },
    async watch(instruments) {
      const symbols = new Set(instruments.map(({ symbol }) => symbol));
      trades = all.filter(({ listing }) => symbols.has(listing.instrument.symbol));
    },
    async stop() {
      stopping.abort();
      await work;
    },
  };
}
