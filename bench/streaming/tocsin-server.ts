/**
 * The gateway itself for the benchmark of streams, as the program runs it, on a database in memory (or in a folder, to
 * find its users again after a restart); prices and news come straight from a bus that only hands them over. What to do
 * is said over standard input, a line each:
 *
 *   tick FROM TO US   a price of each of these symbols, which is the feed's clock
 *   trigger           a trigger of the first user; it is stored, then said when the bus tells of it
 */
import { createInterface } from 'node:readline';
import { systemClock } from '#adapters/host/clock.ts';
import { createSeal } from '#adapters/host/seal.ts';
import { openPglite } from '#adapters/store/sql/pglite.ts';
import { createStore } from '#adapters/store/sql/store.ts';
import type { Batch, Bus, Topics } from '#contracts/bus.ts';
import { silentLog } from '#contracts/log.ts';
import { noMetrics } from '#contracts/metrics.ts';
import type { Alert } from '#domain/alert/alert.ts';
import { type Trigger, triggerId } from '#domain/alert/trigger.ts';
import type { Instrument, InstrumentSymbol } from '#domain/market/instrument.ts';
import { startGateway } from '#roles/gateway/gateway.ts';
import { Client } from '../../test/support/client.ts';
import { openTestStore } from '../../test/support/store.ts';

const SYMBOLS = 500;
const [port = '0', windowMs = '0', users = '2', dataDir = ''] = process.argv.slice(2);

const clockUs = (): number => Math.round(Number(process.hrtime.bigint() / 1000n));

type Handlers = { [T in keyof Topics]: ((batch: Batch<Topics[T]>) => void)[] };
const handlers: Handlers = { 'stock-prices': [], alerts: [], asks: [] };
const tell = <T extends keyof Topics>(topic: T, values: readonly Topics[T][]): void => {
  const messages = values.map((value, offset) => ({ key: '', value, offset }));
  for (const handler of handlers[topic]) handler({ partition: 0, messages, nextOffset: messages.length });
};
const nothing = { close: async () => {} };
const bus: Bus = {
  flags: { durable: false, shared: false, publishesOnce: true },
  partitions: () => 1,
  partitionOf: () => 0,
  publish: async (topic, messages) =>
    tell(
      topic,
      messages.map(({ value }) => value),
    ),
  broadcast: async (topic, value) => tell(topic, [value]),
  consume: async () => nothing,
  commit: async () => {},
  async tail<T extends keyof Topics>(topic: T, handler: (batch: Batch<Topics[T]>) => void) {
    (handlers[topic] as (typeof handler)[]).push(handler);
    return nothing;
  },
  lag: async () => 0,
  health: () => null,
  close: async () => {},
};

const openFolder = async () => {
  const database = await openPglite({ dataDir, log: silentLog });
  return { ...createStore(database), database };
};
const store = dataDir === '' ? await openTestStore() : await openFolder();
const instruments = Array.from(
  { length: SYMBOLS },
  (_, n): Instrument => ({
    ...{ symbol: `S${n}` as InstrumentSymbol, name: `Series ${n}`, kind: 'custom', currency: 'EUR', calendar: '24/7' },
    ...{ aliases: [], providers: {}, decimals: 2, staleAfterMs: 60_000, blindAfterMs: 600_000, ownerId: null },
  }),
);
// Those of a process before are in the folder.
if (Number(users) > 0) await store.instruments.upsertShared(instruments);
const gateway = await startGateway({
  ...{ bus, store, clock: systemClock, marketTime: systemClock.now, log: silentLog, metrics: noMetrics },
  ...{
    pool: store.database.pool,
    oneAtATime: store.database.oneAtATime,
    shared: null,
    seal: createSeal('bench'),
    channels: new Map(),
    random: Math.random,
  },
  ...{
    explain: async () => ({ of: () => undefined }),
    intake: { push: async () => [] },
    sources: () => [],
    health: () => [],
  },
  sendTest: async () => ({ outcome: 'accepted', code: null, detail: '' }),
  metricsText: async () => '',
  crash: (role, error) => {
    console.error(role, error);
    process.exit(1);
  },
  settings: {
    ...{ version: '0', publicUrl: '', operatorKey: '', pageFolder: null, rateLimit: 0, maxBodyBytes: 1_048_576 },
    ...{ maxAlertsPerUser: 100, maxChannelsPerUser: 10, maxInstrumentsPerUser: 10 },
    ...{
      maxWatchlistsPerUser: 10,
      maxWatchlistMembers: 10,
      maxWatchedMembersPerUser: 10,
      trustedProxies: [],
      maxSymbolsPerStream: 1000,
    },
    ...{ maxConnections: 1e6, maxConnectionsPerUser: 1e6, maxConnectionsPerAddress: 1e6 },
    ...{ host: '127.0.0.1', port: Number(port), authSecret: 'the secret of the benchmark, 32 or more characters' },
    ...{ streamWindowMs: Number(windowMs), streamBufferBytes: 65_536 },
  },
});

const visitors = Array.from({ length: Number(users) }, () => new Client(gateway.address));
for (const visitor of visitors) await visitor.ok('POST', '/api/v1/alerts', { symbol: 'S0', condition: 'price > 1' });
const cookies = visitors.map((visitor) => [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join('; '));
/** Whom triggers are for, with an alert of theirs; nobody where the users are those of a process before. */
async function firstOf(visitor: Client | undefined) {
  if (visitor === undefined) throw new Error('there is no user of this process');
  const session = await visitor.ok('GET', '/api/v1/session');
  const userId = session.user.id as Alert['userId'];
  const { items } = await store.alerts.list(userId, { sort: 'createdAt' }, { cursor: null, limit: 1 });
  return { userId, alert: items[0] as Alert };
}

let first: ReturnType<typeof firstOf> | undefined;
let epoch = 0;
async function fire(): Promise<void> {
  epoch += 1;
  const at = Date.now();
  first ??= firstOf(visitors[0]);
  const { userId, alert } = await first;
  const trigger: Trigger = {
    ...{ id: triggerId(alert.id, epoch), alertId: alert.id, alertVersion: alert.version, epoch },
    ...{
      symbol: 'S0' as InstrumentSymbol,
      condition: alert.condition,
      firedAt: at,
      before: null,
      leaves: [],
      gap: null,
    },
    after: { price: 1, at, receivedAt: at, source: 'bench' },
  };
  const { triggers } = await store.triggers.record([{ kind: 'trigger', trigger }], at);
  console.log(JSON.stringify({ told: clockUs() }));
  for (const stored of triggers) tell('alerts', [{ kind: 'trigger', userId, seq: stored.trigger.seq, trigger }]);
}

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const [command, from, to, us] = line.split(' ');
    if (command === 'trigger') void fire();
    if (command !== 'tick') return;
    const at = Date.now();
    const ticks = instruments.slice(Number(from), Number(to));
    tell(
      'stock-prices',
      ticks.map(({ symbol }) => ({
        kind: 'tick',
        tick: { symbol, price: Number(us), volume: 1, at, receivedAt: at, source: 'bench' },
      })),
    );
  })
  .on('close', async () => {
    await gateway.stop();
    await store.close();
    process.exit(0);
  });
console.log(JSON.stringify({ port: Number(new URL(gateway.address).port), cookies }));
