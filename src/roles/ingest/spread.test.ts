import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Instrument, InstrumentSymbol } from '#domain/market/instrument.ts';
import { settle } from '../../../test/support/simulated-clock.ts';
import { Cluster } from './testing/cluster.ts';
import { tick } from './testing/shelf.ts';

const PARTITIONS = 6;
const SYMBOLS = Array.from({ length: 18 }, (_, n) => `COIN-${n}`);
const instruments = SYMBOLS.map(
  (symbol): Instrument => ({
    symbol: symbol as InstrumentSymbol,
    name: symbol,
    kind: 'crypto',
    currency: 'USD',
    calendar: '24/7',
    aliases: [],
    providers: { market: symbol },
    decimals: 2,
    staleAfterMs: 60_000,
    blindAfterMs: 300_000,
    ownerId: null,
  }),
);

function setUp(t: TestContext): Cluster {
  const cluster = new Cluster(PARTITIONS, instruments);
  t.after(() => assert.deepEqual(cluster.crashes, []));
  return cluster;
}

/** Each trade of each instrument counts once, in order, and none is left out. */
function assertWhole(cluster: Cluster): void {
  const last = new Map<string, number>();
  for (const { value, partition } of cluster.effective()) {
    if (value.kind !== 'tick' || value.tick.source !== 'market') continue;
    const { symbol, sequence = 0 } = value.tick;
    assert.equal(partition, cluster.partitionOf(symbol));
    const before = last.get(symbol);
    if (before !== undefined) assert.equal(sequence, before + 1, symbol);
    last.set(symbol, sequence);
  }
  assert.equal(last.size, SYMBOLS.length, 'every instrument trades');
}

/** In each partition time only goes on. */
function assertTime(cluster: Cluster): void {
  const told = new Map<number, number>();
  for (const { value, partition } of cluster.effective()) {
    if (value.kind !== 'clock') continue;
    assert.ok(value.at > (told.get(partition) ?? 0), `partition ${partition}`);
    told.set(partition, value.at);
  }
  assert.equal(told.size, PARTITIONS);
}

const countsOf = (cluster: Cluster): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const holder of cluster.holders()) counts[holder ?? 'nobody'] = (counts[holder ?? 'nobody'] ?? 0) + 1;
  return counts;
};

/** Simulated ms until what is asked for is so. */
async function until(cluster: Cluster, limitMs: number, is: () => boolean): Promise<number> {
  for (let passed = 0; passed <= limitMs; passed += 100) {
    if (is()) return passed;
    await cluster.clock.advance(100);
  }
  throw new Error(`not within ${limitMs} ms: ${JSON.stringify(countsOf(cluster))}`);
}

test('each instrument is fetched by one process; what one had that dies is fetched by others within 10 s', async (t) => {
  const cluster = setUp(t);
  for (const name of ['ash', 'elm', 'fir']) await cluster.start(name);
  const { intake } = await cluster.gateway();
  await cluster.clock.advance(5_000);
  assert.deepEqual(countsOf(cluster), { ash: 2, elm: 2, fir: 2 });
  const before = cluster.holders();
  cluster.machines[1]?.kill();
  const killedAt = cluster.log.length;
  const pushed = SYMBOLS.map((symbol) => intake.push([tick(`${symbol}-MINE`, 1, 5_000, { source: 'push' })]));
  const restOf = (): readonly string[] =>
    SYMBOLS.filter((symbol) => before[cluster.partitionOf(symbol)] === 'elm').filter(
      (symbol) =>
        !cluster.log
          .slice(killedAt)
          .some(({ by, value }) => value.kind === 'tick' && value.tick.symbol === symbol && by !== 'elm'),
    );
  assert.ok(restOf().length > 0);
  const tookMs = await until(cluster, 10_000, () => restOf().length === 0);
  t.diagnostic(`taken over within ${tookMs} ms`);
  await cluster.clock.advance(1_500);
  assert.deepEqual(countsOf(cluster), { ash: 3, fir: 3 });
  for (const [partition, holder] of cluster.holders().entries())
    if (before[partition] !== 'elm') assert.equal(holder, before[partition], 'what the others had stays with them');
  for (const verdicts of await Promise.all(pushed)) assert.deepEqual(verdicts, ['accepted']);
  const own = cluster.effective().flatMap(({ value }) => (value.kind === 'tick' ? [value.tick] : []));
  assert.equal(own.filter(({ source }) => source === 'push').length, SYMBOLS.length, 'each pushed price counts once');
  await cluster.clock.advance(5_000);
  assertWhole(cluster);
  assertTime(cluster);
});

test('a process that stops hands over at once, and one that comes is given its share', async (t) => {
  const cluster = setUp(t);
  const ash = await cluster.start('ash');
  await cluster.clock.advance(2_000);
  assert.deepEqual(countsOf(cluster), { ash: 6 });
  await cluster.start('elm');
  await until(cluster, 4_000, () => countsOf(cluster)['elm'] === 3 && countsOf(cluster)['ash'] === 3);
  const stopped = ash.role?.stop();
  const tookMs = await until(cluster, 4_000, () => countsOf(cluster)['elm'] === 6);
  t.diagnostic(`handed over within ${tookMs} ms`);
  await stopped;
  await cluster.clock.advance(3_000);
  assertWhole(cluster);
  assertTime(cluster);
});

test('what a process says that was paused, and believes in its parts, counts for nothing', async (t) => {
  const cluster = setUp(t);
  await cluster.start('ash');
  const elm = await cluster.start('elm');
  await cluster.clock.advance(5_000);
  elm.pause();
  await cluster.clock.advance(20_000);
  assert.deepEqual(countsOf(cluster), { ash: 6 });
  const said = cluster.log.length;
  elm.resume();
  await settle();
  const late = cluster.log.slice(said).filter(({ by, value }) => by === 'elm' && value.kind === 'tick');
  assert.ok(late.length > 0, 'it goes on as if nothing had been');
  await until(cluster, 10_000, () => countsOf(cluster)['elm'] === 3);
  await cluster.clock.advance(3_000);
  assertWhole(cluster);
  assertTime(cluster);
});

test('while the store is away everybody goes on with what they have, and keeps it when it is back', async (t) => {
  const cluster = setUp(t);
  for (const name of ['ash', 'elm', 'fir']) await cluster.start(name);
  await cluster.clock.advance(5_000);
  const before = cluster.holders();
  const begun = (): number => cluster.log.filter(({ value }) => value.kind === 'duty').length;
  const begunBefore = begun();
  cluster.duties.isAway = true;
  await cluster.clock.advance(12_000);
  assert.match(cluster.machines[0]?.role?.health() ?? '', /away/);
  cluster.duties.isAway = false;
  await cluster.clock.advance(8_000);
  assert.deepEqual(cluster.holders(), before);
  assert.equal(cluster.machines[0]?.role?.health(), null);
  assert.equal(begun(), begunBefore, 'nothing has changed hands');
  assertWhole(cluster);
});

test('who takes more fetches more', async (t) => {
  const cluster = setUp(t);
  await cluster.start('ash', 2);
  await cluster.start('elm');
  await cluster.clock.advance(5_000);
  assert.deepEqual(countsOf(cluster), { ash: 4, elm: 2 });
});

test('a part that has become heavy has a process to itself', async (t) => {
  const cluster = setUp(t);
  cluster.everyMs = (symbol) => (symbol === 'COIN-0' ? 40 : 1_000);
  await cluster.start('ash');
  await cluster.start('elm');
  await cluster.clock.advance(75_000);
  const heavy = cluster.partitionOf('COIN-0');
  const holders = cluster.holders();
  const beside = holders.filter((holder, partition) => partition !== heavy && holder === holders[heavy]);
  assert.equal(beside.length, 0, holders.join());
  assert.deepEqual(Object.values(countsOf(cluster)).sort(), [1, 5]);
  assertWhole(cluster);
});

test('what cannot be divided is one part, of one process', async (t) => {
  const cluster = setUp(t);
  const ash = await cluster.start('ash', 1, true);
  await cluster.start('elm', 1, true);
  await cluster.clock.advance(5_000);
  assert.deepEqual(countsOf(cluster), { ash: 6 });
  ash.kill();
  await until(cluster, 10_000, () => countsOf(cluster)['elm'] === 6);
  await cluster.clock.advance(3_000);
  assertWhole(cluster);
  assertTime(cluster);
});
