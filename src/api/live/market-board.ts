/**
 * What is known of the market right now, in memory: every instrument, its newest price, and who may see it. Filled from
 * the store, kept up by the tail of `stock-prices`. Never the truth: a restart builds it again.
 */
import type { Log } from '#contracts/log.ts';
import type { Store } from '#contracts/store/store.ts';
import type { UserId } from '#domain/alert/alert.ts';
import { coverageOf } from '#domain/market/coverage.ts';
import type { Coverage, Instrument, InstrumentSymbol } from '#domain/market/instrument.ts';
import type { Tick } from '#domain/market/tick.ts';

export class MarketBoard {
  private readonly store: Pick<Store, 'instruments' | 'prices'>;
  private readonly marketTime: () => number;
  private readonly log: Log;
  private instruments: ReadonlyMap<InstrumentSymbol, Instrument> = new Map();
  private byName: ReadonlyMap<string, Instrument> = new Map();
  private privateByOwner: ReadonlyMap<string, ReadonlySet<InstrumentSymbol>> = new Map();
  private readonly ticks = new Map<InstrumentSymbol, Tick>();
  private loading: Promise<void> | null = null;
  private isStale = false;

  constructor(store: Pick<Store, 'instruments' | 'prices'>, marketTime: () => number, log: Log) {
    this.store = store;
    this.marketTime = marketTime;
    this.log = log;
  }

  /** Everything from the store. Call after the tail has begun, so that nothing falls between. */
  async load(): Promise<void> {
    await this.reload();
    for (const tick of await this.store.prices.latest()) this.take(tick);
  }

  /** The instruments anew; calls while one is under way share the next. */
  async reload(): Promise<void> {
    if (this.loading !== null) {
      this.isStale = true;
      return this.loading;
    }
    this.loading = this.readInstruments().finally(() => {
      this.loading = null;
    });
    return this.loading;
  }

  private async readInstruments(): Promise<void> {
    do {
      this.isStale = false;
      const all = await this.store.instruments.all();
      const privateByOwner = new Map<string, Set<InstrumentSymbol>>();
      for (const { symbol, ownerId } of all) {
        if (ownerId === null) continue;
        const own = privateByOwner.get(ownerId) ?? new Set();
        privateByOwner.set(ownerId, own.add(symbol));
      }
      this.instruments = new Map(all.map((instrument) => [instrument.symbol, instrument]));
      this.byName = new Map(all.flatMap((one) => [one.symbol, ...one.aliases].map((name) => [name, one] as const)));
      this.privateByOwner = privateByOwner;
    } while (this.isStale);
  }

  /** True where it is the newest price of its symbol. An unknown symbol makes the instruments be read anew. */
  take(tick: Tick): boolean {
    if (!this.instruments.has(tick.symbol) && this.loading === null)
      this.reload().catch((error: unknown) => this.log.warn({ err: error }, 'instruments could not be read'));
    const known = this.ticks.get(tick.symbol);
    if (known !== undefined && known.at > tick.at) return false;
    this.ticks.set(tick.symbol, tick);
    return true;
  }

  tick(symbol: InstrumentSymbol): Tick | undefined {
    return this.ticks.get(symbol);
  }

  instrument(symbol: InstrumentSymbol): Instrument | undefined {
    return this.instruments.get(symbol);
  }

  /** By symbol or alias, as this user may see it. */
  find(userId: UserId | null, text: string): Instrument | undefined {
    const found = this.byName.get(text.trim().toUpperCase());
    return found?.ownerId === null || (found !== undefined && found.ownerId === userId) ? found : undefined;
  }

  coverage(instrument: Instrument): Coverage {
    return coverageOf(instrument, this.ticks.get(instrument.symbol)?.at ?? null, this.marketTime());
  }

  /** The newest price of each instrument. */
  newest(): Iterable<Tick> {
    return this.ticks.values();
  }

  /** Null for an instrument everyone may see; undefined where it is not known. */
  ownerOf(symbol: InstrumentSymbol): string | null | undefined {
    return this.instruments.get(symbol)?.ownerId;
  }

  privateOf(userId: UserId): ReadonlySet<InstrumentSymbol> {
    return this.privateByOwner.get(userId) ?? new Set();
  }

  /** Symbols everyone may see, that have a price. */
  *sharedSymbols(): Generator<InstrumentSymbol> {
    for (const symbol of this.ticks.keys()) if (this.ownerOf(symbol) === null) yield symbol;
  }
}
