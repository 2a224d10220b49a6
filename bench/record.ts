/**
 * The record role's work on the store: batches of ticks become history, candles of every length, latest prices and
 * positions, each batch in one transaction, into a PostgreSQL server and into the embedded database on disk, in turns.
 *
 *   npx node bench/record.ts [--ticks=200000] [--batch=10000] [--rounds=3] [--smoke] [--save]
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type OpenDatabase, openPglite } from '#adapters/store/sql/pglite.ts';
import { openPostgres } from '#adapters/store/sql/postgres.ts';
import { createStore } from '#adapters/store/sql/store.ts';
import { silentLog } from '#contracts/log.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import { postgresMissing, startPostgres } from '../test/support/postgres.ts';
import { compare, flag, inTurns, machine, medianOf, show, spentSeconds, spread, table } from './harness.ts';
import { SYMBOLS } from './workload.ts';

const isSmoke = flag('smoke') !== undefined;
const TICKS = Number(flag('ticks') ?? (isSmoke ? 4_000 : 200_000));
/** As many as a batch from Kafka has at most, when the role is behind. */
const BATCH = Number(flag('batch') ?? (isSmoke ? 1_000 : 10_000));
const ROUNDS = Number(flag('rounds') ?? (isSmoke ? 1 : 3));
/** Of the whole market: a batch is a fifth of a second of it. */
const TICKS_A_SECOND = 50_000;
const DAY_MS = 86_400_000;

const missing = postgresMissing();
const server = missing === null ? await startPostgres() : null;
const folder = mkdtempSync(join(tmpdir(), 'tocsin-bench-'));
const databases = new Map<string, OpenDatabase>([['embedded', await openPglite({ dataDir: folder, log: silentLog })]]);
if (server) databases.set('PostgreSQL', await openPostgres({ url: await server.newDatabase(), log: silentLog }));
const began = Math.floor(Date.now() / DAY_MS) * DAY_MS;
const walls = new Map<string, number[]>([...databases.keys()].map((name) => [name, []]));

const contestants = [...databases].map(([name, database]) => {
  const store = createStore(database);
  const record = async (round: number) => {
    let seconds = 0;
    let wall = 0;
    for (let from = round * TICKS; from < (round + 1) * TICKS; from += BATCH) {
      const batch = Array.from({ length: BATCH }, (_, i) => {
        const at = began + Math.floor(((from + i) * 1000) / TICKS_A_SECOND);
        const symbol = SYMBOLS[(from + i) % SYMBOLS.length] as InstrumentSymbol;
        const tick = { symbol, price: 100 + ((from + i) % 97) / 8, volume: 1, at, receivedAt: at, source: 'bench' };
        return { tick: { ...tick, sequence: from + i + 1 }, late: false, offset: from + i };
      });
      const spent = spentSeconds();
      const now = performance.now();
      await store.prices.record(0, from + BATCH, batch);
      wall += (performance.now() - now) / 1000;
      seconds += spentSeconds() - spent;
    }
    walls.get(name)?.push(TICKS / wall);
    return { count: TICKS, seconds };
  };
  return [name, record] as const;
});
const rates = await inTurns(ROUNDS, new Map(contestants));

for (const database of databases.values()) {
  const { candles } = createStore(database).prices;
  let trades = 0;
  for (const symbol of SYMBOLS) trades += (await candles(symbol, 0, began * 2, DAY_MS, 10))[0]?.trades ?? 0;
  assert.equal(trades, TICKS * ROUNDS, 'each tick once');
  await database.close();
}
await server?.stop();
rmSync(folder, { recursive: true });

const rows = [...rates].map(([name, rate]) => [name, spread(rate), spread({ rounds: walls.get(name) ?? [] })]);
console.log(`${machine()}; ${show(TICKS)} ticks of ${SYMBOLS.length} instruments a round, ${show(BATCH)} a batch\n`);
console.log(table(['into', 'ticks/s of processor time of this process', 'ticks/s by the clock'], rows));
const measured = Object.fromEntries([...rates].map(([name, { rounds }]) => [name, medianOf(rounds)]));
if (!isSmoke) console.log(`\n${compare('record', measured)}`);
