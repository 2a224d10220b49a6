/**
 * Several processes with the role ingest on one bus, one store and one simulated clock, each of which can be killed,
 * paused and stopped. The bus and the store remember everything and never fail.
 */
import { createPush } from '#adapters/source/push/push.ts';
import type { Batch, Bus, Message, Topics } from '#contracts/bus.ts';
import { type Clock, every } from '#contracts/clock.ts';
import { silentLog } from '#contracts/log.ts';
import { noMetrics } from '#contracts/metrics.ts';
import { partitionOfKey } from '#contracts/partition-of-key.ts';
import type { Role } from '#contracts/role.ts';
import type { Source, SourceContext, SourceEvents } from '#contracts/source.ts';
import type { PriceEvent } from '#contracts/topics.ts';
import type { Instrument, InstrumentSymbol } from '#domain/market/instrument.ts';
import type { Tick } from '#domain/market/tick.ts';
import { SimulatedClock } from '../../../../test/support/simulated-clock.ts';
import { Desk } from '../../asks/desk.ts';
import { askOthers, type Others } from '../../asks/others.ts';
import { DutyFence } from '../../duty-fence.ts';
import { startIngest } from '../ingest.ts';
import { startIngestSpread } from '../spread.ts';
import { MemoryDuties } from './duties.ts';
import { START } from './shelf.ts';

const nothingMore = new Promise<never>(() => {});

export interface Said {
  readonly partition: number;
  readonly by: string;
  readonly value: PriceEvent;
}

/** A provider that trades each of its instruments every second, or oftener, and numbers its trades. */
class Market implements Source {
  readonly name = 'market';
  readonly demo = false;
  readonly recordedTime = null;
  readonly #clock: Clock;
  readonly #instruments: readonly Instrument[];
  readonly #everyMs: (symbol: InstrumentSymbol) => number;
  #watched: readonly Instrument[] = [];
  #stop: () => Promise<unknown> = async () => {};

  constructor(clock: Clock, instruments: readonly Instrument[], everyMs: (symbol: InstrumentSymbol) => number) {
    this.#clock = clock;
    this.#instruments = instruments;
    this.#everyMs = everyMs;
  }
  async instruments(): Promise<readonly Instrument[]> {
    return this.#instruments;
  }
  async watch(instruments: readonly Instrument[]): Promise<void> {
    this.#watched = instruments;
  }
  /** Goes on behind the last trade that is known; what was not seen can be asked for again. */
  async start({ resumeAfter }: SourceContext, events: SourceEvents): Promise<void> {
    const stops = this.#watched.map(({ symbol }) => {
      const everyMs = this.#everyMs(symbol);
      const numberAt = (at: number): number => Math.floor((at - START) / everyMs);
      let told = resumeAfter.get(symbol)?.sequence ?? numberAt(this.#clock.now());
      const trade = async (): Promise<void> => {
        const ticks: Tick[] = [];
        for (let n = told + 1; n <= numberAt(this.#clock.now()); n += 1) {
          const at = START + n * everyMs;
          ticks.push({ symbol, price: 100, at, receivedAt: at, source: this.name, sequence: n });
        }
        told += ticks.length;
        if (ticks.length > 0) await events.emit(ticks);
      };
      return every(this.#clock, 100, trade, () => {});
    });
    this.#stop = () => Promise.all(stops.map((stop) => stop()));
    events.state('live', '');
  }
  async stop(): Promise<void> {
    await this.#stop();
  }
}

/** One process: its clock and its connections stand still when it does. */
class Machine {
  readonly name: string;
  role: Role | null = null;
  #isDead = false;
  #held: (() => void)[] | null = null;

  constructor(name: string) {
    this.name = name;
  }

  clockOn(clock: Clock): Clock {
    const run = (task: () => void): void => {
      if (this.#isDead) return;
      if (this.#held === null) task();
      else this.#held.push(task);
    };
    return { now: () => clock.now(), after: (delayMs, task) => clock.after(delayMs, () => run(task)) };
  }
  /** Of what it calls nothing is done once it is dead, and of what it waits for nothing comes. */
  guard<T extends object>(outside: T): T {
    return new Proxy(outside, {
      get: (target, name) => {
        const found = Reflect.get(target, name) as unknown;
        if (typeof found !== 'function') return found;
        return (...asked: readonly unknown[]): unknown => {
          if (this.#isDead) return nothingMore;
          const answer: unknown = found.apply(target, asked);
          return answer instanceof Promise ? answer.then((value) => (this.#isDead ? nothingMore : value)) : answer;
        };
      },
    });
  }
  hears<B>(handler: (batch: B) => void): (batch: B) => void {
    return (batch) => {
      if (this.#isDead) return;
      if (this.#held === null) handler(batch);
      else this.#held.push(() => handler(batch));
    };
  }
  kill(): void {
    this.#isDead = true;
  }
  pause(): void {
    this.#held = [];
  }
  resume(): void {
    const tasks = this.#held ?? [];
    this.#held = null;
    for (const task of tasks) task();
  }
}

export class Cluster {
  readonly clock = new SimulatedClock(START);
  readonly log: Said[] = [];
  readonly machines: Machine[] = [];
  readonly crashes: unknown[] = [];
  readonly #partitions: number;
  readonly duties = new MemoryDuties(this.clock);
  readonly #tails: ((batch: Batch<Topics['asks']>) => void)[] = [];
  readonly #instruments: readonly Instrument[];
  #asks = 0;
  #ids = 0;
  /** How often each instrument trades. */
  everyMs = (_symbol: InstrumentSymbol): number => 1_000;

  constructor(partitions: number, instruments: readonly Instrument[]) {
    this.#partitions = partitions;
    this.#instruments = instruments;
  }

  partitionOf(symbol: string): number {
    return partitionOfKey(symbol, this.#partitions);
  }

  /** What counts: not what came too late. */
  effective(): readonly Said[] {
    const fences = Array.from({ length: this.#partitions }, () => new DutyFence());
    return this.log.filter(({ partition, value }) => fences[partition]?.passes(value));
  }

  async start(name: string, capacity = 1, isWhole = false): Promise<Machine> {
    const machine = new Machine(name);
    this.machines.push(machine);
    const clock = machine.clockOn(this.clock);
    const bus = this.#busOf(machine);
    const duties = machine.guard(this.duties);
    const host = { clock, log: silentLog, metrics: noMetrics };
    const crash = (_: string, error: unknown): void => void this.crashes.push(error);
    machine.role = await startIngestSpread({
      ...{ ...host, bus, duties, name, capacity, isWhole, crash },
      desk: await Desk.open({ ...host, bus, newId: () => `${name} ${++this.#ids}` }),
      start: (part) =>
        startIngest({
          ...{ ...host, bus, part, crash, marketTime: clock.now, random: () => 0.5 },
          store: this.#store(),
          sources: [new Market(clock, this.#instruments, this.everyMs)],
          push: createPush(clock),
        }),
    });
    return machine;
  }

  async gateway(): Promise<Others> {
    const machine = new Machine('gateway');
    const bus = this.#busOf(machine);
    const { clock } = this;
    const desk = await Desk.open({ bus, clock, log: silentLog, newId: () => `gateway ${++this.#ids}` });
    return askOthers(desk, bus, clock);
  }

  /** By partition, who says the time there, in the last second and a half. */
  holders(): readonly (string | undefined)[] {
    const log = this.effective();
    const recent = this.clock.now() - 2_000 - 1_500;
    return Array.from({ length: this.#partitions }, (_, partition) => {
      const last = log.findLast((said) => said.partition === partition && said.value.kind === 'clock');
      return last?.value.kind === 'clock' && last.value.at >= recent ? last.by : undefined;
    });
  }

  #busOf(machine: Machine): Bus {
    const say = (partition: number, value: PriceEvent): void => {
      const { duty } = value;
      const one = (tick: Tick): PriceEvent => ({ kind: 'tick', tick, ...(duty === undefined ? {} : { duty }) });
      const said = value.kind === 'ticks' ? value.ticks.map(one) : [value];
      this.log.push(...said.map((each) => ({ partition, by: machine.name, value: each })));
    };
    const bus = {
      partitions: () => this.#partitions,
      partitionOf: (_: string, key: string) => this.partitionOf(key),
      publish: async (topic: string, messages: readonly Message<never>[]) => {
        await Promise.resolve();
        for (const { key, value } of messages)
          if (topic === 'stock-prices') say(this.partitionOf(key), value);
          else {
            const batch = { partition: 0, messages: [{ key, value, offset: this.#asks }], nextOffset: ++this.#asks };
            for (const hear of this.#tails) hear(batch);
          }
      },
      broadcast: async (_: string, value: PriceEvent) => {
        for (let partition = 0; partition < this.#partitions; partition += 1) say(partition, value);
      },
      tail: async (_: string, handler: (batch: Batch<Topics['asks']>) => void) => {
        this.#tails.push(machine.hears(handler));
        return { close: async () => {} };
      },
      lag: async () => 0,
    };
    return machine.guard(bus) as unknown as Bus;
  }

  /** Everything in the log is recorded. */
  #store(): Parameters<typeof startIngest>[0]['store'] {
    const found = {
      instruments: {
        upsertShared: async () => {},
        getMany: async (symbols: readonly InstrumentSymbol[]) =>
          symbols.map((symbol) => ({ symbol, staleAfterMs: 60_000 })),
      },
      prices: {
        positions: async (source: string) => {
          const last = new Map<InstrumentSymbol, { at: number; sequence: number | null }>();
          for (const { value } of this.effective())
            if (value.kind === 'tick' && value.tick.source === source)
              last.set(value.tick.symbol, { at: value.tick.at, sequence: value.tick.sequence ?? null });
          return last;
        },
        latest: async () => [],
        countRejected: async () => {},
      },
    };
    return found as unknown as Parameters<typeof startIngest>[0]['store'];
  }
}
