/**
 * The simulated world: what is durable (the store), what is outside (users, price source, far end), and one life of the
 * program after the other, of the real roles on the real bus, until a script is played out.
 */
import { randomUUID } from 'node:crypto';
import { createMemoryBus } from '#adapters/bus/memory/memory-bus.ts';
import { createPush } from '#adapters/source/push/push.ts';
import type { Bus } from '#contracts/bus.ts';
import type { ChannelAdapter, SendResult } from '#contracts/channel.ts';
import { silentLog } from '#contracts/log.ts';
import { noMetrics } from '#contracts/metrics.ts';
import type { Seal } from '#contracts/seal.ts';
import type { Store } from '#contracts/store/store.ts';
import { startEvaluate } from '#roles/evaluate/evaluate.ts';
import { startRelay } from '#roles/gateway/outbox-relay.ts';
import { startIngest } from '#roles/ingest/ingest.ts';
import { startNotify } from '#roles/notify/notify.ts';
import { startRecord } from '#roles/record/record.ts';
import { Random } from '../support/random.ts';
import { everySize } from '../support/retention.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';
import { openTestStore, type TestStore } from '../support/store.ts';
import { type Death, Life } from './life.ts';
import { INSTRUMENTS, LIST, makeScript, PARTITIONS, type Script, START_AT } from './script.ts';
import { scriptedSource } from './scripted-source.ts';
import { CHANNEL, perform, USER, WATCHLIST } from './user.ts';

const WEEK_MS = 7 * 86_400_000;
/** Simulated time after which a run that has not come to its end hangs. */
const MAX_RUN_MS = 3_600_000;
/** A life that lasts may take so many turns of the event loop without a call before it is taken for idle. */
const QUIET_TURNS = 4;

/** A whole script takes about 1,500 steps without a crash. */
const LONGEST_LIFE_STEPS = 400;

/** One call at the far end. */
export interface FarCall {
  readonly id: string;
  /** The ledger, or the life that calls, knew already that it was accepted. */
  readonly known: boolean;
  readonly took: boolean;
}

export interface Run {
  readonly script: Script;
  readonly store: TestStore;
  readonly calls: readonly FarCall[];
  /** Where each life ended. */
  readonly crashes: readonly string[];
  /** Every step there was, and how often the life came to it that came most. */
  readonly visits: ReadonlyMap<string, number>;
  /** What made a life end by itself: a bug, always. */
  readonly bugs: readonly unknown[];
  readonly finished: boolean;
}

export interface RunOptions {
  readonly seed: number;
  /** Where each life but the last ends; `random` is for choosing. */
  readonly deaths: (random: Random) => readonly Death[];
}

/** So many lives, each of a length of its own. */
export const anywhere =
  (crashes: number) =>
  (random: Random): readonly Death[] =>
    Array.from({ length: crashes }, () => ({ step: random.whole(1, LONGEST_LIFE_STEPS) }));

const PLAIN: Seal = { seal: (plain) => plain, open: (sealed) => sealed };

/** Resolves when nobody waits for the store or the far end and no promise has more to do at this moment. */
async function untilIdle(life: Life): Promise<void> {
  for (let quiet = 0; quiet < QUIET_TURNS; ) {
    const { steps } = life;
    await new Promise<void>((turn) => setImmediate(turn));
    quiet = life.pending === 0 && life.steps === steps ? quiet + 1 : 0;
  }
}

class World implements Run {
  readonly script: Script;
  readonly store: TestStore;
  readonly clock = new SimulatedClock(START_AT);
  readonly calls: FarCall[] = [];
  readonly crashes: string[] = [];
  readonly visits = new Map<string, number>();
  readonly bugs: unknown[] = [];
  readonly accepted = new Set<string>();
  readonly random: Random;
  finished = false;
  private deedsDone = 0;
  private readonly versions = new Map<number, number>([[LIST, WATCHLIST.version]]);

  constructor(script: Script, store: TestStore, random: Random) {
    this.script = script;
    this.store = store;
    this.random = random;
  }

  /** The real store, with an eye on what it comes to know. */
  private watchedStore(): Store {
    const { deliveries } = this.store;
    return {
      ...this.store,
      deliveries: {
        ...deliveries,
        save: async (settled) => {
          await deliveries.save(settled);
          for (const { delivery } of settled) if (delivery.status === 'accepted') this.accepted.add(delivery.id);
        },
      },
    };
  }

  private farEnd(life: Life): ChannelAdapter {
    const told = new Set<string>();
    const channel: ChannelAdapter = {
      kind: 'webhook',
      fields: [],
      timeoutMs: 1_000,
      check: async (settings) => ({ ok: true, settings }),
      send: async (_settings, { idempotencyKey }): Promise<SendResult> => {
        const mood = this.script.farEnd(this.calls.length);
        const took = mood !== 'fail';
        this.calls.push({
          id: idempotencyKey,
          known: this.accepted.has(idempotencyKey) || told.has(idempotencyKey),
          took,
        });
        if (mood === 'accept') return { outcome: 'accepted', code: 200, detail: 'thanks' };
        return { outcome: 'failed', code: mood === 'fail' ? 503 : null, detail: mood };
      },
      close: async () => {},
    };
    const guarded = life.guard(channel, 'far end', false);
    return {
      ...channel,
      async send(settings, notification, signal) {
        const result = await guarded.send(settings, notification, signal);
        if (result.outcome === 'accepted') told.add(notification.idempotencyKey);
        return result;
      },
    };
  }

  /** The user's next deed is done when its answer has come; a deed whose answer was lost is looked after first. */
  private async actUntil(store: Store, tick: number, wake: () => void): Promise<void> {
    const { deeds } = this.script;
    while (this.deedsDone < deeds.length) {
      const deed = deeds[this.deedsDone] as (typeof deeds)[number];
      if (deed.beforeTick > tick) return;
      const version = (this.versions.get(deed.alert) ?? 0) + 1;
      try {
        await perform(store, deed, version);
      } catch {
        // The store did not answer: the user tries again.
        continue;
      }
      this.versions.set(deed.alert, version);
      this.deedsDone += 1;
      wake();
    }
  }

  /** One life, from its start until it dies or the script is played out. */
  async live(life: Life): Promise<void> {
    const store = life.guard(this.watchedStore(), 'store', true);
    const clock = life.clock(this.clock);
    const crash = (role: string, error: unknown): void => {
      if (!life.alive) return;
      this.bugs.push(`${role}: ${error instanceof Error ? error.stack : String(error)}`);
      life.die(`crash of ${role}`);
    };
    const parts = { clock, log: silentLog, metrics: noMetrics, crash, random: () => this.random.next() };
    let bus: Bus | undefined;
    let ended = false;
    const start = async (): Promise<void> => {
      bus = await createMemoryBus({ busLog: store.busLog, partitions: PARTITIONS, keepMs: WEEK_MS, ...parts });
      let wake = (): void => {};
      const source = scriptedSource(this.script.ticks, async (tick) => {
        await this.actUntil(store, tick, () => wake());
        if (tick === Number.POSITIVE_INFINITY) ended = true;
      });
      const marketTime = source.recordedTime as () => number;
      const outside = { ...parts, bus, store, marketTime };
      await startRecord({ ...outside, tickRetentionMs: WEEK_MS, candleRetentionMs: everySize(WEEK_MS) });
      await startEvaluate({ ...outside, checkpointEveryMs: 2_000, checkpointEveryEvents: 12, effectsAtOnce: 200 });
      const relay = startRelay({
        ...parts,
        ...{ alerts: store.alerts, prices: store.prices, bus },
        crash: (error) => crash('relay', error),
      });
      wake = () => relay.wake();
      const channels = [this.farEnd(life)];
      await startNotify({
        ...outside,
        channels,
        seal: PLAIN,
        publicUrl: () => 'http://tocsin.test',
        newId: randomUUID,
      });
      await startIngest({ ...outside, sources: [source], push: createPush(clock) });
    };
    let startError: unknown;
    start().catch((error: unknown) => {
      startError = error;
    });
    const deadline = this.clock.now() + MAX_RUN_MS;
    while (life.alive && this.clock.now() < deadline) {
      await untilIdle(life);
      if (startError !== undefined) {
        // A store that does not answer at the start ends the life; the next one tries again.
        life.die(`start: ${startError}`);
        break;
      }
      if (ended && life.alive && bus !== undefined && (await this.isQuiet(bus))) {
        this.finished = true;
        life.die('the end');
        break;
      }
      const { nextDueAt } = this.clock;
      await this.clock.advance(nextDueAt === null ? 1_000 : Math.max(0, nextDueAt - this.clock.now()));
    }
    await untilIdle(life);
  }

  /** Nothing is under way any more: the log is read, the outbox empty, every delivery at its end. */
  private async isQuiet(bus: Bus): Promise<boolean> {
    if ((await this.store.alerts.outbox(1)).length > 0) return false;
    for (const group of ['evaluate', 'record']) if ((await bus.lag('stock-prices', group)) > 0) return false;
    const counts = await this.store.deliveries.countByStatus();
    return counts.queued + counts.sending + counts.retrying === 0;
  }
}

/** Plays the seed's script through so many crashes and one last life that is spared. */
export async function simulate({ seed, deaths }: RunOptions): Promise<Run> {
  const random = new Random(seed ^ 0x5eed);
  const store = await openTestStore({ now: () => START_AT });
  const world = new World(makeScript(seed), store, random);
  await store.channels.create(
    {
      ...{ id: CHANNEL, userId: USER, kind: 'webhook', name: 'far end', settings: {}, enabled: true },
      ...{ fallbackOrder: null, lastResult: null, createdAt: START_AT },
    },
    1,
  );
  await store.instruments.upsertShared(INSTRUMENTS);
  await store.watchlists.create(WATCHLIST, 1);
  let failing = 0;
  const failure = (): 'before' | 'after' | null => {
    // A store that fails fails for a while.
    if (failing === 0 && random.chance(0.004)) failing = random.whole(1, 4);
    if (failing === 0) return null;
    failing -= 1;
    return random.chance(0.5) ? 'before' : 'after';
  };
  for (const death of [...deaths(random), null]) {
    if (world.finished) break;
    const life = new Life({ death, failure: death === null ? () => null : failure });
    await world.live(life);
    world.crashes.push(life.diedAt);
    for (const [place, visits] of life.visits) world.visits.set(place, Math.max(visits, world.visits.get(place) ?? 0));
  }
  return world;
}
