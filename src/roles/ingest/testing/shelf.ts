/**
 * The ingest role with sources, a bus and a store whose every word and failure the test says.
 */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Bus, Message } from '#contracts/bus.ts';
import type { PriceIntake } from '#contracts/intake.ts';
import { silentLog } from '#contracts/log.ts';
import type { Metrics } from '#contracts/metrics.ts';
import type { Source, SourceContext, SourceEvents } from '#contracts/source.ts';
import type { PriceStore } from '#contracts/store/prices.ts';
import type { PriceEvent } from '#contracts/topics.ts';
import type { Instrument, InstrumentSymbol } from '#domain/market/instrument.ts';
import type { Tick, TickVerdict } from '#domain/market/tick.ts';
import { SimulatedClock, settle } from '../../../../test/support/simulated-clock.ts';
import { type IngestRole, startIngest } from '../ingest.ts';
import type { PartOnDuty } from '../part.ts';

export const START = Date.UTC(2024, 5, 3, 14);

const instrument = (name: string, ownerId: string | null = null): Instrument => ({
  symbol: name as InstrumentSymbol,
  name,
  kind: 'custom',
  currency: '',
  calendar: '24/7',
  aliases: [],
  providers: { wire: name },
  decimals: 2,
  staleAfterMs: 60_000,
  blindAfterMs: 300_000,
  ownerId,
});

export const tick = (symbol: string, price: number, at: number, more: Partial<Tick> = {}): Tick => ({
  symbol: symbol as InstrumentSymbol,
  price,
  at: START + at,
  receivedAt: START + at,
  source: 'wire',
  ...more,
});

/** A source whose every word the test says. */
export class Wire implements Source {
  readonly name: string;
  readonly demo = false;
  readonly recordedTime: (() => number) | null;
  readonly starts: SourceContext[] = [];
  readonly watched: string[] = [];
  stops = 0;
  events: SourceEvents | null = null;
  /** What the next starts fail with. */
  failures: Error[] = [];

  constructor(name = 'wire', recordedTime: (() => number) | null = null) {
    this.name = name;
    this.recordedTime = recordedTime;
  }
  async instruments(): Promise<readonly Instrument[]> {
    return [instrument('OAK'), instrument('FIR')];
  }
  async start(context: SourceContext, events: SourceEvents): Promise<void> {
    this.starts.push(context);
    const failure = this.failures.shift();
    if (failure) throw failure;
    this.events = events;
    events.state('live', '');
  }
  async watch(instruments: readonly Instrument[]): Promise<void> {
    this.watched.push(...instruments.map(({ symbol }) => symbol));
  }
  async stop(): Promise<void> {
    this.stops += 1;
  }
  say(...ticks: readonly Tick[]): Promise<readonly TickVerdict[]> {
    assert.ok(this.events, 'not started');
    return this.events.emit(ticks);
  }
}

export class PushWire extends Wire implements PriceIntake {
  override async instruments(): Promise<readonly Instrument[]> {
    return [];
  }
  async push(ticks: readonly Tick[]): Promise<readonly TickVerdict[]> {
    return this.say(...ticks);
  }
}

export interface Shelf {
  readonly clock: SimulatedClock;
  readonly wire: Wire;
  readonly push: PushWire;
  readonly role: IngestRole;
  /** The log, as words: `tick OAK 100`, `clock 2`. */
  readonly said: string[];
  readonly publishes: number[];
  /** Of each message, where it has one. */
  readonly duty: (number | undefined)[];
  readonly world: {
    lag: number;
    failing: Error | null;
    positions: Record<string, Awaited<ReturnType<PriceStore['positions']>>>;
    latest: Tick[];
    counted: Parameters<PriceStore['countRejected']>[0][number][];
    crashed: unknown;
    shared: string[];
  };
  readonly counters: Map<string, number>;
}

function words({ key, value }: Message<PriceEvent>): readonly string[] {
  return value.kind === 'ticks'
    ? value.ticks.map((tick) => word({ key: tick.symbol, value: { kind: 'tick', tick } }))
    : [word({ key, value })];
}
function word({ key, value }: Message<PriceEvent>): string {
  if (value.kind === 'tick') return `tick ${key} ${value.tick.price}`;
  if (value.kind === 'late-tick') return `${value.reason} ${key} ${value.tick.price}`;
  if (value.kind === 'gap') return `gap ${key} ${value.from - START}..${value.to - START} ${value.reason}`;
  return value.kind;
}

export async function shelf(
  t: TestContext,
  more: {
    wire?: Wire;
    marketTime?: () => number;
    part?: PartOnDuty;
    before?: (world: Shelf['world']) => void;
  } = {},
): Promise<Shelf> {
  const clock = new SimulatedClock(START);
  const said: string[] = [];
  const publishes: number[] = [];
  const duty: (number | undefined)[] = [];
  const counters = new Map<string, number>();
  const world: Shelf['world'] = {
    lag: 0,
    failing: null,
    positions: {},
    latest: [],
    counted: [],
    crashed: null,
    shared: [],
  };
  more.before?.(world);
  const reach = async (): Promise<void> => {
    await Promise.resolve();
    if (world.failing) throw world.failing;
  };
  const bus = {
    async publish(_topic: string, messages: readonly Message<PriceEvent>[]) {
      await reach();
      publishes.push(messages.flatMap(words).length);
      said.push(...messages.flatMap(words));
      duty.push(...messages.map(({ value }) => value.duty));
    },
    async broadcast(_topic: string, value: PriceEvent) {
      await reach();
      said.push(value.kind === 'clock' ? `clock ${value.at - START}` : value.kind);
      duty.push(value.duty);
    },
    lag: async () => world.lag,
    partitionOf: () => 0,
  } as unknown as Bus;
  const store = {
    instruments: {
      upsertShared: async (rows: readonly Instrument[]) => {
        world.shared.push(...rows.map(({ symbol }) => symbol));
      },
      getMany: async (symbols: readonly string[]) => (symbols.includes('MINE') ? [instrument('MINE', 'user-1')] : []),
    },
    prices: {
      positions: async (source: string) => world.positions[source] ?? new Map(),
      latest: async () => world.latest,
      countRejected: async (rows: Shelf['world']['counted']) => {
        await reach();
        world.counted.push(...rows);
      },
    },
  } as unknown as Parameters<typeof startIngest>[0]['store'];
  const metric = (name: string) => ({
    add: (amount = 1, labels: Readonly<Record<string, string>> = {}) => {
      const key = [name, ...Object.values(labels)].join(' ');
      counters.set(key, (counters.get(key) ?? 0) + amount);
    },
    set: () => {},
    reads: () => {},
    observe: () => {},
  });
  const metrics: Metrics = {
    counter: ({ name }) => metric(name),
    gauge: ({ name }) => metric(name),
    histogram: ({ name }) => metric(name),
  };
  const wire = more.wire ?? new Wire();
  const push = new PushWire('push');
  const role = await startIngest({
    bus,
    store,
    clock,
    marketTime: more.marketTime ?? (() => clock.now()),
    sources: [wire],
    push,
    log: silentLog,
    metrics,
    crash: (_role, error) => {
      world.crashed = error;
    },
    random: () => 0.5,
    ...(more.part && { part: more.part }),
  });
  t.after(() => role.stop());
  await settle();
  return { clock, wire, push, role, said, publishes, duty, world, counters };
}
