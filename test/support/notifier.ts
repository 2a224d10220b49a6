/**
 * A notify role on the real store and bus with a simulated clock, and what it needs to have something to do: a user
 * with channels, and triggers as the evaluator would record them. The clock moves only while nobody is at work, so
 * that a slow machine sees the same as a fast one.
 */
import { randomUUID } from 'node:crypto';
import type { TestContext } from 'node:test';
import { createMemoryBus } from '#adapters/bus/memory/memory-bus.ts';
import { createMetrics } from '#adapters/host/metrics.ts';
import { createSeal } from '#adapters/host/seal.ts';
import { newsIn } from '#contracts/alert-events.ts';
import type { Bus } from '#contracts/bus.ts';
import type { ChannelAdapter } from '#contracts/channel.ts';
import { sealSettings } from '#contracts/channel-settings.ts';
import { silentLog } from '#contracts/log.ts';
import type { Channel } from '#contracts/store/channels.ts';
import type { Store } from '#contracts/store/store.ts';
import type { News } from '#contracts/topics.ts';
import type { Alert, AlertId, ChannelId, UserId } from '#domain/alert/alert.ts';
import { type TriggerId, triggerId } from '#domain/alert/trigger.ts';
import type { Delivery } from '#domain/delivery/delivery.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import { type NotifyDeps, type NotifyRole, STOP_LIMIT_MS, startNotify } from '#roles/notify/notify.ts';
import { SimulatedClock } from './simulated-clock.ts';
import { openTestStore } from './store.ts';

const SYMBOL = 'BTC-USDT' as InstrumentSymbol;
const CONDITION = 'price crosses above 61600';

export interface NotifierTrial {
  readonly clock: SimulatedClock;
  readonly store: Store;
  readonly bus: Bus;
  readonly user: UserId;
  readonly crashes: unknown[];
  metrics(): Promise<string>;
  /** What was told on `alerts`. */
  readonly told: readonly News[];
  addChannel(more: Partial<Channel> & { readonly kind: string }): Promise<Channel>;
  /** A trigger of a new alert that goes to these channels; told on the bus unless `quiet`. */
  fire(
    channels: readonly Channel[],
    options?: { readonly quiet?: boolean; readonly message?: string },
  ): Promise<TriggerId>;
  start(more?: Partial<NotifyDeps>): Promise<NotifyRole>;
  deliveries(trigger?: TriggerId): Promise<readonly Delivery[]>;
  /** Resolves when store, bus and real channels have answered all they were asked. */
  idle(): Promise<void>;
  /** Lets the clock run, task by task, until `done` says so. */
  until(done: () => Promise<boolean>, what: string): Promise<void>;
}

/** Simulated time in which anything must have happened: more than all attempts of a delivery take. */
const MAX_SIMULATED_MS = 3_600_000;
/** A promise that goes on without the outside goes on within these turns of the event loop. */
const QUIET_TURNS = 5;

export interface NotifierTrialOptions {
  readonly channels: readonly ChannelAdapter[];
  /** Channels that answer by the simulated clock, or never. */
  readonly scripted?: readonly ChannelAdapter[];
}

/** Counts calls that have not been answered. */
class Witness {
  pending = 0;

  /** The same object, each of whose methods is counted. */
  watch<T extends object>(target: T): T {
    return new Proxy(target, {
      get: (from, name) => {
        const value: unknown = Reflect.get(from, name);
        if (typeof value === 'object' && value !== null && name !== 'flags') return this.watch(value);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => {
          const answer: unknown = value.apply(from, args);
          if (!(answer instanceof Promise)) return answer;
          this.pending += 1;
          return answer.finally(() => {
            this.pending -= 1;
          });
        };
      },
    });
  }
}

export async function openNotifierTrial(t: TestContext, options: NotifierTrialOptions): Promise<NotifierTrial> {
  const adapters = [...options.channels, ...(options.scripted ?? [])];
  const clock = new SimulatedClock();
  const witness = new Witness();
  const inner = await openTestStore({ now: () => clock.now() });
  const store = witness.watch<Store>({ ...inner });
  const metrics = createMetrics();
  const crashes: unknown[] = [];
  const crash = (_: string, error: unknown): void => {
    crashes.push(error);
  };
  const memoryBus = await createMemoryBus({
    busLog: inner.busLog,
    partitions: { 'stock-prices': 1, alerts: 1 },
    clock,
    log: silentLog,
    metrics,
    crash,
  });
  const bus = witness.watch(memoryBus);
  const told: News[] = [];
  await memoryBus.tail('alerts', ({ messages }) => told.push(...messages.flatMap(({ value }) => newsIn(value))));
  const roles: NotifyRole[] = [];
  t.after(async () => {
    // What hangs by the simulated clock is only called off when that moves on.
    const stopped = Promise.all(roles.map((role) => role.stop()));
    await clock.advance(STOP_LIMIT_MS * 2);
    await stopped;
    await memoryBus.close();
    await inner.close();
    for (const adapter of adapters) await adapter.close();
  });
  const seal = createSeal('test');
  const user = 'u1' as UserId;
  let count = 0;
  const trial: NotifierTrial = {
    clock,
    store,
    bus,
    user,
    crashes,
    told,
    metrics: () => metrics.text(),
    async addChannel(more) {
      count += 1;
      const fields = adapters.find(({ kind }) => kind === more.kind)?.fields ?? [];
      const channel: Channel = {
        id: `c${count}` as ChannelId,
        userId: user,
        name: `Channel ${count}`,
        enabled: true,
        fallbackOrder: null,
        lastResult: null,
        createdAt: clock.now() + count,
        ...more,
        settings: sealSettings(fields, more.settings ?? {}, seal),
      };
      await inner.channels.create(channel, 100);
      return channel;
    },
    async fire(channels, { quiet = false, message } = {}) {
      count += 1;
      const id = `a${count}` as AlertId;
      const now = clock.now();
      const alert: Alert = {
        id,
        userId: user,
        symbol: SYMBOL,
        condition: CONDITION,
        message: message ?? null,
        severity: 'normal',
        channelIds: channels.map((channel) => channel.id),
        frequency: 'once',
        cooldownMs: 0,
        expiresAt: null,
        session: 'all',
        gap: 'fire',
        version: 1,
        status: 'arming',
        epoch: 0,
        armedAt: null,
        watchlist: null,
        members: null,
        lastTriggeredAt: null,
        createdAt: now,
        updatedAt: now,
      };
      await inner.alerts.create(alert, { kind: 'remove-rule', symbol: SYMBOL, alertId: id, version: 1 }, 1_000_000);
      const recorded = await inner.triggers.record(
        [
          {
            kind: 'trigger',
            trigger: {
              id: triggerId(id, 1),
              alertId: id,
              alertVersion: 1,
              epoch: 1,
              symbol: SYMBOL,
              condition: CONDITION,
              firedAt: now,
              before: { price: 61598.12, at: now - 40, receivedAt: now - 5, source: 'binance' },
              after: { price: 61602.5, at: now, receivedAt: now, source: 'binance' },
              leaves: [{ text: CONDITION, before: 61598.12, after: 61602.5, holds: true }],
              gap: null,
            },
          },
        ],
        now,
      );
      const [made] = recorded.triggers;
      if (!made) throw new Error('the store recorded no trigger');
      if (!quiet) {
        const { trigger } = made;
        const value = { kind: 'trigger' as const, userId: user, seq: trigger.seq, trigger };
        await bus.publish('alerts', [{ key: user, value }]);
      }
      return made.trigger.id;
    },
    async start(more = {}) {
      const role = await startNotify({
        bus,
        store,
        channels: [...options.channels.map((adapter) => witness.watch(adapter)), ...(options.scripted ?? [])],
        seal,
        clock,
        publicUrl: () => 'http://127.0.0.1:3000',
        log: silentLog,
        metrics,
        crash,
        random: () => 0.5,
        newId: randomUUID,
        ...more,
      });
      roles.push(role);
      return role;
    },
    async deliveries(trigger) {
      const { items } = await inner.deliveries.list(user, trigger === undefined ? {} : { triggerId: trigger }, {
        cursor: null,
        limit: 200,
      });
      return items;
    },
    async idle() {
      for (let quiet = 0; quiet < QUIET_TURNS; ) {
        await new Promise<void>((resume) => setImmediate(resume));
        quiet = witness.pending === 0 ? quiet + 1 : 0;
      }
      if (crashes.length > 0) throw crashes[0];
    },
    async until(done, what) {
      const end = clock.now() + MAX_SIMULATED_MS;
      for (;;) {
        await trial.idle();
        if (await done()) return;
        const next = clock.nextDueAt;
        if (next === null || next > end)
          throw new Error(`not in an hour: ${what}; ${JSON.stringify(await trial.deliveries())}`);
        await clock.advance(next - clock.now());
      }
    },
  };
  return trial;
}
