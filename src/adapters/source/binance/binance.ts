/**
 * Live trades of Binance's public market data, without a key. Every trade comes once and in the order of its id, over
 * lost connections, the daily reconnect and restarts; trades that were not seen are fetched, or the gap is told.
 */
import { Agent } from 'undici';
import type { Source, SourceState } from '#contracts/source.ts';
import type { Instrument, InstrumentSymbol } from '#domain/market/instrument.ts';
import { Allowance } from './allowance.ts';
import { Feed } from './feed.ts';
import { fetchMissing } from './missing-trades.ts';
import { Outbox } from './outbox.ts';
import { instrumentOfPair } from './pairs.ts';
import { Tape } from './tape.ts';

/** The hosts for market data only: no account, no key. */
const ENDPOINT = 'wss://data-stream.binance.vision';
const REST_ENDPOINT = 'https://data-api.binance.vision';
/** Binance allows 1024; the names stand in the address of the connection, which must stay short. */
const PAIRS_PER_CONNECTION = 200;
/** Pairs that all lost sight at once ask for their history in turn. */
const MAX_REQUESTS_AT_ONCE = 4;
const SOURCE = 'binance';
/** The state of the source is that of its worst connection. */
const BADNESS: Readonly<Record<SourceState, number>> = {
  live: 0,
  ended: 0,
  connecting: 1,
  stalled: 2,
  waiting: 3,
  failed: 4,
};

export interface BinanceOptions {
  /** Canonical symbols of pairs: `BTC-USDT`. */
  readonly symbols: readonly InstrumentSymbol[];
  readonly endpoint?: string;
  readonly restEndpoint?: string;
}

export function createBinance(options: BinanceOptions): Source {
  const { endpoint = ENDPOINT, restEndpoint = REST_ENDPOINT } = options;
  const own = options.symbols.map(instrumentOfPair).filter((instrument) => instrument !== undefined);
  const stopping = new AbortController();
  const symbols = new Map<string, InstrumentSymbol>();
  const feeds: Feed[] = [];
  const states: { state: SourceState; detail: string }[] = [];
  let addFeed: (() => void) | null = null;
  let stopRun: () => Promise<void> = async () => {};

  const choose = (instruments: readonly Instrument[]): void => {
    symbols.clear();
    for (const { symbol, providers } of instruments) {
      const pair = providers[SOURCE];
      if (pair !== undefined) symbols.set(pair.toUpperCase(), symbol);
    }
  };
  /** As many connections as the pairs need, each with its share. */
  const arrange = (): void => {
    if (addFeed === null || stopping.signal.aborted) return;
    const pairs = [...symbols.keys()].sort();
    const wanted = Math.ceil(pairs.length / PAIRS_PER_CONNECTION);
    while (feeds.length < wanted) addFeed();
    for (const feed of feeds.splice(wanted)) feed.stop();
    states.splice(wanted);
    for (const [index, feed] of feeds.entries())
      feed.watch(pairs.slice(index * PAIRS_PER_CONNECTION, (index + 1) * PAIRS_PER_CONNECTION));
  };
  choose(own);

  return {
    name: SOURCE,
    demo: false,
    recordedTime: null,
    instruments: async () => own,
    async start(context, events) {
      const { clock, log, metrics } = context;
      const dispatcher = new Agent({ connections: MAX_REQUESTS_AT_ONCE });
      const allowance = new Allowance();
      const dropped = metrics.counter({
        name: 'tocsin_binance_trades_dropped_total',
        help: 'Trades let go because the buffer was full; fetched again or reported as a gap.',
      });
      const rubbish = metrics.counter({
        name: 'tocsin_binance_frames_unreadable_total',
        help: 'Frames of Binance that say nothing we can read.',
      });
      const report = (): void => {
        const worst = states.toSorted((a, b) => BADNESS[b.state] - BADNESS[a.state])[0];
        if (worst !== undefined && !stopping.signal.aborted) events.state(worst.state, worst.detail);
      };
      const outbox = new Outbox(
        events,
        () => tape.recover(),
        (error) => {
          log.error({ source: SOURCE, error }, 'what Binance said could not be handed on');
          for (const feed of feeds) feed.stop();
          events.state('failed', 'what it said could not be handed on');
        },
      );
      const tape: Tape = new Tape({
        source: SOURCE,
        clock,
        outbox,
        resumeAfter: context.resumeAfter,
        symbolOf: (pair) => symbols.get(pair),
        fetchMissing: (hole, line) =>
          fetchMissing({ restEndpoint, allowance, clock, dispatcher, signal: stopping.signal }, hole, line),
        mayStillCome: () => feeds.some((feed) => feed.overlapping),
        onDropped: () => dropped.add(),
      });
      addFeed = () => {
        const mine = { state: 'connecting' as SourceState, detail: '' };
        states.push(mine);
        feeds.push(
          new Feed({
            endpoint,
            context,
            allowance,
            onTrade: (trade) => tape.offer(trade),
            onRubbish: (problem) => {
              rubbish.add();
              log.debug({ source: SOURCE, problem }, 'a frame could not be read');
            },
            onState: (state, detail) => {
              Object.assign(mine, { state, detail });
              report();
            },
            onSingle: () => {
              if (!feeds.some((feed) => feed.overlapping)) tape.closeHoles();
            },
          }),
        );
      };
      stopRun = async () => {
        for (const feed of feeds) feed.stop();
        await tape.stop();
        await outbox.close();
        await dispatcher.destroy();
      };
      arrange();
    },
    async watch(instruments) {
      choose(instruments);
      arrange();
    },
    async stop() {
      stopping.abort();
      await stopRun();
    },
  };
}
