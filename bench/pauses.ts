/**
 * The longest that the program's one thread is held up while a million alerts are armed: the evaluate role with ticks
 * flowing, then rules changing, then checkpoints too; on the embedded database on disk, and on a PostgreSQL server where
 * there is one.
 *
 *   npx node bench/pauses.ts [--alerts=1000000] [--seconds=10] [--smoke]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { constants, PerformanceObserver } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { createMemoryBus } from '#adapters/bus/memory/memory-bus.ts';
import { systemClock } from '#adapters/host/clock.ts';
import { type OpenDatabase, openPglite } from '#adapters/store/sql/pglite.ts';
import { openPostgres } from '#adapters/store/sql/postgres.ts';
import { createStore } from '#adapters/store/sql/store.ts';
import type { Bus } from '#contracts/bus.ts';
import { silentLog } from '#contracts/log.ts';
import { noMetrics } from '#contracts/metrics.ts';
import type { Store } from '#contracts/store/store.ts';
import type { AlertId } from '#domain/alert/alert.ts';
import { Engine } from '#domain/engine/engine.ts';
import type { EngineEvent } from '#domain/engine/event.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import { startEvaluate } from '#roles/evaluate/evaluate.ts';
import { postgresMissing, startPostgres } from '../test/support/postgres.ts';
import { Random } from '../test/support/random.ts';
import { flag, machine, medianOf, show, table, threadMs } from './harness.ts';
import { levelOf, put, ruleOf, SYMBOLS, textsOf } from './workload.ts';

const isSmoke = flag('smoke') !== undefined;
const ALERTS = Number(flag('alerts') ?? (isSmoke ? 5_000 : 1_000_000));
const SECONDS = Number(flag('seconds') ?? (isSmoke ? 0.5 : 10));
/** How often the probe looks: a pause is what comes between two looks, less this. */
const PROBE_MS = 1;
/** A second's worth of events comes in so many publishes. */
const PUBLISHES = 20;
const TICKS_A_SECOND = 20_000;
const CHANGES_A_SECOND = 1_000;
const CHECKPOINT_EVERY_MS = 2_000;
const NEVER_MS = 2 ** 31 - 1;

const random = new Random(5);
const symbolAt = (index: number): InstrumentSymbol => SYMBOLS[index % SYMBOLS.length] as InstrumentSymbol;
const rows: (readonly string[])[] = [];

/** What held the thread up while something ran: by the clock, and in processor time of this thread. */
async function watched(name: string, work: () => Promise<number>): Promise<void> {
  const young: number[] = [];
  const old: number[] = [];
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { duration, detail } = entry as typeof entry & { readonly detail: { readonly kind: number } };
      (detail.kind === constants.NODE_PERFORMANCE_GC_MINOR ? young : old).push(duration);
    }
  });
  observer.observe({ entryTypes: ['gc'] });
  const walls: number[] = [];
  const spents: number[] = [];
  let at = performance.now();
  let spent = threadMs();
  const probe = setInterval(() => {
    const [now, spentNow] = [performance.now(), threadMs()];
    walls.push(now - at);
    spents.push(spentNow - spent);
    at = now;
    spent = spentNow;
  }, PROBE_MS);
  const done = await work();
  await wait(100);
  clearInterval(probe);
  observer.disconnect();
  const last = (values: readonly number[], place: number): string =>
    show([...values].sort((a, b) => b - a)[place] ?? 0);
  const over = spents.filter((ms) => ms > 10).length;
  rows.push([
    name,
    show(done),
    `${last(spents, 0)} / ${last(spents, 1)} / ${last(spents, 9)}`,
    show(over),
    `${last(walls, 0)} / ${last(walls, 1)} / ${last(walls, 9)}`,
    show(medianOf(walls)),
    `${last(young, 0)} / ${last(old, 0)}`,
  ]);
}

const ids: AlertId[] = [];
const engine = new Engine();
for (let index = 0; index < ALERTS; index += 1) {
  const rule = ruleOf(symbolAt(index), levelOf(random, index));
  ids.push(rule.alertId);
  engine.apply(put(rule), []);
}
const checkpoint = textsOf(engine.takeChanges());

const crash = (role: string, error: unknown): void => {
  throw new Error(`${role} crashed`, { cause: error });
};
const host = { clock: systemClock, log: silentLog, metrics: noMetrics, crash };

async function measure(name: string, open: () => Promise<OpenDatabase>): Promise<void> {
  const database = await open();
  const store = createStore(database);
  await store.checkpoints.load(0);
  await store.checkpoints.save(0, 0, checkpoint);
  const bus = await createMemoryBus({ ...host, busLog: store.busLog, partitions: { 'stock-prices': 1, alerts: 1 } });
  await stream(`${name}: ticks`, { bus, store }, false, NEVER_MS);
  await stream(`${name}: and changes of rules`, { bus, store }, true, NEVER_MS);
  await stream(`${name}: and checkpoints`, { bus, store }, true, CHECKPOINT_EVERY_MS);
  await bus.close();
  await database.close();
}

interface Outside {
  readonly bus: Bus;
  readonly store: Store;
}

async function stream(
  name: string,
  { bus, store }: Outside,
  changes: boolean,
  checkpointEveryMs: number,
): Promise<void> {
  const role = await startEvaluate({
    ...host,
    bus,
    store,
    marketTime: () => Date.now(),
    random: Math.random,
    checkpointEveryMs,
    effectsAtOnce: 200,
  });
  await wait(500);
  let version = Date.now();
  await watched(name, async () => {
    const until = performance.now() + 1_000 * SECONDS;
    let published = 0;
    for (let next = performance.now(); next < until; next += 1_000 / PUBLISHES) {
      await wait(Math.max(0, next - performance.now()));
      const at = Date.now();
      const events: EngineEvent[] = [];
      for (let index = 0; index < TICKS_A_SECOND / PUBLISHES; index += 1) {
        const price = Math.round(10_000 + 100 * (random.next() - 0.5)) / 100;
        events.push({
          kind: 'tick',
          tick: { symbol: symbolAt(index), price, volume: 1, at, receivedAt: at, source: 'b' },
        });
      }
      for (let count = 0; changes && count < CHANGES_A_SECOND / PUBLISHES; count += 1) {
        const index = Math.floor(random.next() * ALERTS);
        version += 1;
        const rule = ruleOf(symbolAt(index), levelOf(random, index));
        events.push(put({ ...rule, alertId: ids[index] as AlertId, version: version % 2 ** 31 }));
      }
      published += events.length;
      await bus.publish(
        'stock-prices',
        events.map((value) => ({
          key: value.kind === 'tick' ? value.tick.symbol : (value as { symbol: string }).symbol,
          value,
        })),
      );
    }
    while ((await bus.lag('stock-prices', 'evaluate')) > 0 && checkpointEveryMs < NEVER_MS) await wait(50);
    return published;
  });
  await role.stop();
}

const folder = mkdtempSync(join(tmpdir(), 'tocsin-bench-'));
await measure('embedded', () => openPglite({ dataDir: folder, log: silentLog }));
rmSync(folder, { recursive: true });
const missing = postgresMissing();
if (missing !== null) console.log(`Left out: ${missing}`);
else {
  const server = await startPostgres();
  const url = await server.newDatabase();
  await measure('server', () => openPostgres({ url, log: silentLog }));
  await server.stop();
}

console.log(`${machine()}; ${show(ALERTS)} alerts on 500 symbols, ${show(SECONDS)} s each\n`);
console.log(
  table(
    [
      '',
      'events',
      'longest / 2nd / 10th pause, ms of processor time',
      'over 10 ms',
      'by the clock, ms',
      'median ms',
      'longest collection of what is young / old, ms',
    ],
    rows,
  ),
);
