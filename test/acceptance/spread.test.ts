/**
 * Three real processes with the role ingest on PostgreSQL and Redis: each fetches some of the instruments; one is killed
 * with -9, one is stopped, and the others go on with what they had, where it was.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import pg from 'pg';
import { eventually } from '../support/client.ts';
import { postgresMissing, startPostgres } from '../support/postgres.ts';
import { type Program, startProgram } from '../support/program.ts';
import { redisMissing, startRedis } from '../support/redis.ts';

const skip = postgresMissing() ?? redisMissing() ?? false;
/** These trade every second, day and night. */
const COINS = `select symbol from instruments where calendar = '24/7'`;

async function partsOf(program: Program): Promise<number> {
  const text = await (await fetch(`${program.url}/metrics`)).text();
  return Number(/^ingestor_parts (\d+)$/m.exec(text)?.[1]);
}

test('what one ingest fetched that was killed, or stopped, is fetched by the others, without a trade missing', {
  skip,
}, async (t) => {
  const postgres = await startPostgres();
  t.after(() => postgres.stop());
  const redis = await startRedis();
  t.after(() => redis.remove());
  const STORE = await postgres.newDatabase();
  const shared = {
    ...{ STORE, BUS: redis.url, BUS_PARTITIONS: '4', SOURCES: 'demo', PUBLIC_URL: 'http://tocsin.test' },
    AUTH_SECRET: 'the same secret for every process of a cluster',
  };
  const run = (ROLES: string): Promise<Program> => startProgram(t, { env: { ...shared, ROLES } });
  const pool = new pg.Pool({ connectionString: STORE, max: 1 });
  pool.on('error', () => {});
  t.after(() => pool.end());
  /** How many coins have a stored price from after that time. */
  const freshSince = async (at: number): Promise<readonly [fresh: number, all: number]> => {
    const { rows } = await pool.query(
      `select count(*) filter (where at > $1)::int as fresh, count(*)::int as all
       from latest_prices join symbols on symbols.id = symbol_id where symbol in (${COINS})`,
      [at],
    );
    return [rows[0].fresh, rows[0].all];
  };
  const areFresh = async (at: number): Promise<boolean> => {
    const [fresh, all] = await freshSince(at);
    return all > 0 && fresh === all;
  };

  const [first, second, third] = await Promise.all([run('ingest'), run('ingest'), run('ingest'), run('record')]);
  const have = (...parts: readonly (readonly [Program, number])[]) =>
    eventually(
      async () => {
        const found = await Promise.all(parts.map(([program]) => partsOf(program)));
        return found.every((count, index) => count === parts[index]?.[1]);
      },
      `they have ${parts.map(([, count]) => count)} parts`,
    );
  const parted = async (): Promise<boolean> =>
    (await Promise.all([first, second, third].map(partsOf))).toSorted().join() === '1,1,2';
  await eventually(parted, 'each has its share');
  const began = Date.now();
  await eventually(() => areFresh(began), 'every coin has a price');
  await first.kill();
  const killedAt = Date.now();
  await eventually(() => areFresh(killedAt + 1_000), 'every coin goes on');
  t.diagnostic(`every coin had a newer price ${Date.now() - killedAt} ms after the kill`);
  await have([second, 2], [third, 2]);
  // What it has to say waits for the broker: until then it says that it stops.
  redis.pause();
  const stopped = second.stop();
  await eventually(async () => {
    const ready = await fetch(`${second.url}/readyz`);
    return ready.status === 503 && /it is stopping/.test(await ready.text());
  }, 'it says that it is not ready any more');
  redis.resume();
  assert.equal(await stopped, 0, second.output());
  const stoppedAt = Date.now();
  await eventually(() => areFresh(stoppedAt + 1_000), 'every coin goes on again');
  t.diagnostic(`every coin had a newer price ${Date.now() - stoppedAt} ms after the stop`);
  await have([third, 4]);

  const { rows } = await pool.query(
    `select symbol, count(*)::int as trades, ((max(at) - min(at)) / 1000 + 1)::int as seconds
     from ticks join symbols on symbols.id = symbol_id where at > $1 and symbol in (${COINS}) group by symbol`,
    [began],
  );
  assert.ok(rows.length > 0);
  for (const { symbol, trades, seconds } of rows) assert.equal(trades, seconds, `${symbol}: one trade each second`);
});
