/** Questions between two desks on one bus, as two processes have them. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createMemoryBus } from '#adapters/bus/memory/memory-bus.ts';
import { silentLog } from '#contracts/log.ts';
import { noMetrics } from '#contracts/metrics.ts';
import type { AlertId, ChannelId, UserId } from '#domain/alert/alert.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import type { Tick, TickVerdict } from '#domain/market/tick.ts';
import { Failure } from '#errors.ts';
import { SimulatedClock, settle } from '../../../test/support/simulated-clock.ts';
import { openTestStore } from '../../../test/support/store.ts';
import { Desk } from './desk.ts';
import { askOthers } from './others.ts';

async function setUp(t: TestContext) {
  const store = await openTestStore();
  const clock = new SimulatedClock();
  const host = { clock, log: silentLog, metrics: noMetrics };
  const crash = (_: string, error: unknown): void => {
    throw error;
  };
  const bus = await createMemoryBus({
    ...{ ...host, crash, busLog: store.busLog },
    partitions: { 'stock-prices': 2, alerts: 1 },
  });
  let ids = 0;
  const newId = (): string => `id-${++ids}`;
  const [gateway, far] = [await Desk.open({ bus, newId, ...host }), await Desk.open({ bus, newId, ...host })];
  t.after(async () => {
    await gateway.close();
    await far.close();
    await bus.close();
    await store.close();
  });
  return { bus, clock, gateway, far, others: askOthers(gateway, bus, clock) };
}

const tick = (price: number): Tick => ({
  symbol: 'A' as InstrumentSymbol,
  ...{ price, at: 1, receivedAt: 1, source: 'push' },
});

test('what several could answer is answered by the one on duty; the next takes over', async (t) => {
  const { far, gateway, others } = await setUp(t);
  const trail: string[] = [];
  const duty = (name: string) => ({
    begin: async () => void trail.push(`${name} begins`),
    end: async () => void trail.push(`${name} ends`),
    answer: async (ticks: readonly Tick[]): Promise<readonly TickVerdict[]> => {
      trail.push(`${name} takes ${ticks.map(({ price }) => price)}`);
      return ticks.map(() => 'accepted');
    },
  });
  const one = await far.serve('push', duty('one'));
  const two = await gateway.serve('push', duty('two'));
  assert.deepEqual(await others.intake.push([tick(1), tick(2)]), ['accepted', 'accepted']);
  await one.close();
  await others.intake.push([tick(3)]);
  await two.close();
  assert.deepEqual(trail, ['one begins', 'one takes 1,2', 'one ends', 'two begins', 'two takes 3', 'two ends']);
});

test('where nobody answers it is said after a while, and the question is not done later', async (t) => {
  const { clock, far, others } = await setUp(t);
  const asked = others.intake.push([tick(1)]).catch((error: unknown) => error);
  await settle();
  await clock.advance(60_000);
  const said = await asked;
  assert.ok(said instanceof Failure && said.code === 'not-ready', String(said));
  const taken: number[] = [];
  const nothing = async (): Promise<void> => {};
  const duty = await far.serve('push', {
    ...{ begin: nothing, end: nothing },
    async answer(ticks) {
      taken.push(...ticks.map(({ price }) => price));
      return [];
    },
  });
  await others.intake.push([tick(2)]);
  assert.deepEqual(taken, [2]);
  await duty.close();
});

test('a refusal comes back as it was said', async (t) => {
  const { far, others } = await setUp(t);
  const nothing = async (): Promise<void> => {};
  const duty = await far.serve('test', {
    ...{ begin: nothing, end: nothing },
    async answer() {
      throw new Failure('overloaded', 'too many', { retryAfterMs: 7 });
    },
  });
  const channel = { userId: 'u' as UserId, id: 'c' as ChannelId } as Parameters<typeof others.sendTest>[0];
  await assert.rejects(others.sendTest(channel), { code: 'overloaded', message: 'too many', retryAfterMs: 7 });
  await duty.close();
});

test('an explanation comes from whoever evaluates the partition; the rest is not known', async (t) => {
  const { bus, clock, far, others } = await setUp(t);
  const symbols = ['A', 'B', 'C', 'D'] as InstrumentSymbol[];
  const mine = bus.partitionOf('stock-prices', 'A');
  const explanation = { version: 1 } as never;
  far.explainBy(async ({ partition, rules }) =>
    partition === mine ? rules.map(({ id }) => [id, explanation]) : undefined,
  );
  const known = others.explain(symbols.map((symbol) => ({ symbol, id: `of ${symbol}` as AlertId })));
  await settle();
  await clock.advance(500);
  const { of } = await known;
  for (const symbol of symbols)
    assert.equal(
      of(symbol, `of ${symbol}` as AlertId),
      bus.partitionOf('stock-prices', symbol) === mine ? explanation : undefined,
    );
});

test('the state of the sources is what was told last, and stalled when nobody tells any more', async (t) => {
  const { clock, far, others } = await setUp(t);
  assert.deepEqual(others.sources(), []);
  await far.tellSources([{ name: 'demo', demo: true, state: 'live', detail: '', lastTickAt: 5 }]);
  assert.equal(others.sources()[0]?.state, 'live');
  await clock.advance(13_000);
  assert.deepEqual(
    others.sources().map(({ name, state }) => [name, state]),
    [['demo', 'stalled']],
  );
});
