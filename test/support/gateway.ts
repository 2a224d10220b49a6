/**
 * The gateway with the roles it lives with on the real store and bus, listening on a free
 * port. A market of two shared instruments, moved by the test through `tick`.
 */
import { randomUUID } from 'node:crypto';
import type { TestContext } from 'node:test';
import { createMemoryBus } from '#adapters/bus/memory/memory-bus.ts';
import { createPageChannel } from '#adapters/channel/page/page.ts';
import { createWebhookChannel } from '#adapters/channel/webhook/webhook.ts';
import { systemClock } from '#adapters/host/clock.ts';
import { createMetrics } from '#adapters/host/metrics.ts';
import { createSeal } from '#adapters/host/seal.ts';
import { createPush } from '#adapters/source/push/push.ts';
import type { Bus } from '#contracts/bus.ts';
import type { ChannelAdapter } from '#contracts/channel.ts';
import type { Log } from '#contracts/log.ts';
import { silentLog } from '#contracts/log.ts';
import type { Instrument, InstrumentSymbol } from '#domain/market/instrument.ts';
import { startEvaluate } from '#roles/evaluate/evaluate.ts';
import { type Gateway, type GatewayDeps, type GatewaySettings, startGateway } from '#roles/gateway/gateway.ts';
import { startIngest } from '#roles/ingest/ingest.ts';
import { startNotify } from '#roles/notify/notify.ts';
import { startRecord } from '#roles/record/record.ts';
import { Client } from './client.ts';
import { everySize } from './retention.ts';
import { openTestStore, type TestStore } from './store.ts';

export const OPERATOR_KEY = 'operator-key-of-the-test';
export const SHARED = ['OAK', 'ELM'] as const;

export interface Trial {
  readonly gateway: Gateway;
  readonly url: string;
  readonly store: TestStore;
  readonly bus: Bus;
  readonly deps: GatewayDeps;
  /** Problems that were bugs: a test ends with none. */
  readonly bugs: readonly unknown[];
  /** A new visitor. */
  visitor(): Client;
  /** Prices of a shared instrument, by the operator. */
  tick(symbol: string, ...prices: readonly number[]): Promise<void>;
}

export interface TrialOptions {
  readonly settings?: Partial<GatewaySettings>;
  readonly deps?: Partial<GatewayDeps>;
  /** Default: the page, and webhooks to public addresses only. */
  readonly channels?: readonly ChannelAdapter[];
  /** How often the evaluator commits; a test that waits for that wants it often. */
  readonly checkpointEveryMs?: number;
  /** Of `stock-prices`; 2 where it is absent. */
  readonly partitions?: number;
}

const instrument = (symbol: string): Instrument => ({
  symbol: symbol as InstrumentSymbol,
  name: `${symbol} of the test`,
  kind: 'demo',
  currency: 'EUR',
  calendar: '24/7',
  aliases: [`${symbol}-ALIAS`],
  providers: {},
  decimals: 2,
  staleAfterMs: 60_000,
  blindAfterMs: 600_000,
  ownerId: null,
});

export async function startTrial(t: TestContext, options: TrialOptions = {}): Promise<Trial> {
  const bugs: unknown[] = [];
  const log: Log = { ...silentLog, error: (fields, message) => bugs.push({ fields, message }), child: () => log };
  const crash = (role: string, error: unknown): void => void bugs.push({ role, error });
  const clock = systemClock;
  const marketTime = (): number => clock.now();
  const store = await openTestStore();
  await store.instruments.upsertShared(SHARED.map(instrument));
  const metrics = createMetrics();
  const common = { store, clock, marketTime, log, metrics, crash, random: Math.random };
  const partitions = { 'stock-prices': options.partitions ?? 2, alerts: 1 };
  const bus = await createMemoryBus({ busLog: store.busLog, partitions, ...common });
  const push = createPush(clock);
  const record = await startRecord({
    bus,
    ...common,
    tickRetentionMs: 86_400_000,
    candleRetentionMs: everySize(86_400_000),
  });
  const evaluate = await startEvaluate({
    bus,
    ...common,
    checkpointEveryMs: options.checkpointEveryMs ?? 60_000,
    effectsAtOnce: 200,
  });
  const ingest = await startIngest({ bus, ...common, sources: [], push });
  const seal = createSeal('seal of the test');
  const channels = options.channels ?? [createPageChannel(), createWebhookChannel({ allowPrivate: false })];
  const publicUrl = (): string => 'http://tocsin.test';
  const notify = await startNotify({ bus, ...common, channels, seal, publicUrl, newId: randomUUID });
  const deps: GatewayDeps = {
    ...common,
    bus,
    pool: store.database.pool,
    oneAtATime: store.database.oneAtATime,
    explain: async () => evaluate.explain,
    intake: push,
    channels: new Map(channels.map((channel) => [channel.kind, channel])),
    seal,
    shared: null,
    sendTest: notify.sendTest,
    metricsText: () => metrics.text(),
    sources: () => ingest.status(),
    health: () => [ingest, notify, evaluate, record].map((role) => ({ name: role.name, problem: role.health() })),
    ...options.deps,
    settings: {
      version: '0.0.0',
      publicUrl: '',
      operatorKey: OPERATOR_KEY,
      maxAlertsPerUser: 1000,
      maxChannelsPerUser: 20,
      maxInstrumentsPerUser: 10,
      maxWatchlistsPerUser: 5,
      maxWatchlistMembers: 100,
      maxWatchedMembersPerUser: 100,
      maxBodyBytes: 65_536,
      rateLimit: 0,
      pageFolder: null,
      host: '127.0.0.1',
      port: 0,
      authSecret: 'the secret of the test, which is 32 or more characters',
      streamWindowMs: 1,
      maxConnections: 1000,
      maxConnectionsPerUser: 20,
      maxConnectionsPerAddress: 1000,
      maxSymbolsPerStream: 1000,
      streamBufferBytes: 65_536,
      trustedProxies: [],
      ...options.settings,
    },
  };
  const gateway = await startGateway(deps);
  t.after(async () => {
    await gateway.stop();
    await ingest.stop();
    await notify.stop();
    await evaluate.stop();
    await record.stop();
    await bus.close();
    await store.close();
  });
  const operator = new Client(gateway.address, { 'x-operator-key': OPERATOR_KEY });
  return {
    ...{ gateway, url: gateway.address, store, bus, deps, bugs },
    visitor: () => new Client(gateway.address),
    async tick(symbol, ...prices) {
      for (const price of prices) {
        const { items } = await operator.ok('POST', '/api/v1/prices', { symbol, price });
        if (items[0].verdict !== 'accepted') throw new Error(`${symbol} ${price}: ${items[0].verdict}`);
      }
    },
  };
}
