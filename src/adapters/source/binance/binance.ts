/**
 * Live trades of Binance's public market data, without a key. Every trade comes once and in the order of its id, over
 * lost connections, the daily reconnect and restarts; trades that were not seen are fetched, or the gap is told.
 */
import { Agent } from 'undici';
import type { Source, SourceContext, SourceEvents, SourceState } from '#contracts/source.ts';
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
  const own = options.symbols.map(instrumentOfPair).filter((instrument) => instrument !== undefined);
  /** What is watched, by Binance's name. */
  const symbols = new Map<string, InstrumentSymbol>();
  const choose = (instruments: readonly Instrument[]): void => {
    symbols.clear();
    for (const { symbol, providers } of instruments) {
      const pair = providers[SOURCE];
      if (pair !== undefined) symbols.set(pair.toUpperCase(), symbol);
    }
  };
  choose(own);
  let run: Run | null = null;

  return {
    name: SOURCE,
    demo: false,
    recordedTime: null,
    instruments: async () => own,
    async start(context, events) {
      run = new Run(options, symbols, context, events);
      run.arrange();
    },
    async watch(instruments) {
      choose(instruments);
      run?.arrange();
    },
    async stop() {
      const stopped = run;
      run = null;
      await stopped?.stop();
    },
  };
}

/** From one start to its stop. */
class Run {
  private readonly endpoint: string;
  private readonly symbols: ReadonlyMap<string, InstrumentSymbol>;
  private readonly context: SourceContext;
  private readonly events: SourceEvents;
  private readonly stopping = new AbortController();
  private readonly dispatcher = new Agent({ connections: MAX_REQUESTS_AT_ONCE });
  private readonly allowance = new Allowance();
  private readonly outbox: Outbox;
  private readonly tape: Tape;
  private readonly feeds: Feed[] = [];
  private readonly states: { state: SourceState; detail: string }[] = [];

  constructor(
    options: BinanceOptions,
    symbols: ReadonlyMap<string, InstrumentSymbol>,
    context: SourceContext,
    events: SourceEvents,
  ) {
    this.endpoint = options.endpoint ?? ENDPOINT;
    this.symbols = symbols;
    this.context = context;
    this.events = events;
    const { clock, resumeAfter, metrics } = context;
    const { stopping, dispatcher, allowance } = this;
    const restEndpoint = options.restEndpoint ?? REST_ENDPOINT;
    const dropped = metrics.counter({
      name: 'tocsin_binance_trades_dropped_total',
      help: 'Trades let go because the buffer was full; fetched again or reported as a gap.',
    });
    this.outbox = new Outbox(
      events,
      () => this.tape.recover(),
      (error) => this.fail(error),
    );
    this.tape = new Tape({
      source: SOURCE,
      clock,
      outbox: this.outbox,
      resumeAfter,
      symbolOf: (pair) => symbols.get(pair),
      fetchMissing: (hole, line) =>
        fetchMissing({ restEndpoint, allowance, clock, dispatcher, signal: stopping.signal }, hole, line),
      mayStillCome: () => this.overlapping,
      onDropped: () => dropped.add(),
    });
  }

  /** As many connections as the pairs need, each with its share. */
  arrange(): void {
    if (this.stopping.signal.aborted) return;
    const pairs = [...this.symbols.keys()].sort();
    const wanted = Math.ceil(pairs.length / PAIRS_PER_CONNECTION);
    while (this.feeds.length < wanted) this.addFeed();
    for (const feed of this.feeds.splice(wanted)) feed.stop();
    this.states.splice(wanted);
    for (const [index, feed] of this.feeds.entries())
      feed.watch(pairs.slice(index * PAIRS_PER_CONNECTION, (index + 1) * PAIRS_PER_CONNECTION));
    if (wanted === 0) this.events.state('waiting', 'no pair is watched');
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    for (const feed of this.feeds) feed.stop();
    await this.tape.stop();
    await this.outbox.close();
    await this.dispatcher.destroy();
  }

  private get overlapping(): boolean {
    return this.feeds.some((feed) => feed.overlapping);
  }

  private addFeed(): void {
    const { endpoint, context, allowance, tape } = this;
    const unreadable = context.metrics.counter({
      name: 'tocsin_binance_frames_unreadable_total',
      help: 'Frames of Binance that say nothing we can read.',
    });
    const mine = { state: 'connecting' as SourceState, detail: '' };
    this.states.push(mine);
    this.feeds.push(
      new Feed({
        endpoint,
        context,
        allowance,
        onTrade: (trade) => tape.offer(trade),
        onRubbish: (problem) => {
          unreadable.add();
          context.log.debug({ source: SOURCE, problem }, 'a frame could not be read');
        },
        onState: (state, detail) => {
          Object.assign(mine, { state, detail });
          const worst = this.states.toSorted((a, b) => BADNESS[b.state] - BADNESS[a.state])[0];
          if (worst !== undefined && !this.stopping.signal.aborted) this.events.state(worst.state, worst.detail);
        },
        onSingle: () => {
          if (!this.overlapping) tape.closeHoles();
        },
      }),
    );
  }

  private fail(error: unknown): void {
    if (this.stopping.signal.aborted) return;
    for (const feed of this.feeds) feed.stop();
    this.context.log.error({ source: SOURCE, error }, 'what Binance said could not be handed on');
    this.events.state('failed', 'what it said could not be handed on');
  }
}
