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

const tick = (price: number, symbol = 'A'): Tick => ({
  symbol: symbol as InstrumentSymbol,
  ...{ price, at: 1, receivedAt: 1, source: 'push' },
});

/** Answers for each tick, and says which prices it took. */
function taker(trail: string[], name: string) {
  return async (ticks: readonly Tick[]): Promise<readonly TickVerdict[]> => {
    trail.push(`${name} takes ${ticks.map(({ symbol, price }) => `${symbol} ${price}`).join(', ')}`);
    return ticks.map(({ price }) => (price > 0 ? 'accepted' : 'held'));
  };
}

test('what several could answer is answered by the one on duty; the next takes over', async (t) => {
  const { far, gateway, others } = await setUp(t);
  const trail: string[] = [];
  const duty = (name: string) => ({
    begin: async () => void trail.push(`${name} begins`),
    end: async () => void trail.push(`${name} ends`),
    async answer({ id }: { readonly id: string }) {
      trail.push(`${name} tests ${id}`);
      return { outcome: 'accepted', code: 200, detail: '' } as const;
    },
  });
  const ask = (id: string) => others.sendTest({ userId: 'u', id } as Parameters<typeof others.sendTest>[0]);
  const one = await far.serve('test', duty('one'));
  const two = await gateway.serve('test', duty('two'));
  assert.equal((await ask('a')).outcome, 'accepted');
  await one.close();
  await ask('b');
  await two.close();
  assert.deepEqual(trail, ['one begins', 'one tests a', 'one ends', 'two begins', 'two tests b', 'two ends']);
});

test('a pushed price is answered by whoever takes those of its partition, in the order of the sender', async (t) => {
  const { bus, far, gateway, others } = await setUp(t);
  const trail: string[] = [];
  const [first, second] = ['A', 'B', 'C', 'D', 'E'].filter(
    (symbol, index, all) =>
      index === 0 || bus.partitionOf('stock-prices', symbol) !== bus.partitionOf('stock-prices', all[0] as string),
  ) as [string, string];
  far.takePushes([bus.partitionOf('stock-prices', first)], taker(trail, 'one'));
  gateway.takePushes([bus.partitionOf('stock-prices', second)], taker(trail, 'two'));
  const pushed = [tick(1, first), tick(0, second), tick(0, first), tick(2, second)];
  assert.deepEqual(await others.intake.push(pushed), ['accepted', 'held', 'held', 'accepted']);
  assert.deepEqual(trail.sort(), [`one takes ${first} 1, ${first} 0`, `two takes ${second} 0, ${second} 2`]);
});

test('a price that was pushed while nobody takes any is taken once by whoever comes', async (t) => {
  const { far, gateway, others } = await setUp(t);
  const trail: string[] = [];
  const early = others.intake.push([tick(1)]);
  await settle();
  const one = far.takePushes([0, 1], taker(trail, 'one'));
  assert.deepEqual(await early, ['accepted']);
  await one.close();
  const between = others.intake.push([tick(2)]);
  await settle();
  gateway.takePushes([0, 1], taker(trail, 'two'));
  assert.deepEqual(await between, ['accepted']);
  assert.deepEqual(trail, ['one takes A 1', 'two takes A 2']);
});

test('whoever takes over answers what the one before had in hand, whose refusal is no answer any more', async (t) => {
  const { far, gateway, others } = await setUp(t);
  const trail: string[] = [];
  const refuse = Promise.withResolvers<void>();
  const one = far.takePushes([0, 1], async () => {
    await refuse.promise;
    throw new Failure('not-ready', 'another is on duty');
  });
  const asked = others.intake.push([tick(1)]);
  await settle();
  const held = Promise.withResolvers<void>();
  gateway.takePushes([0, 1], async (ticks) => {
    await held.promise;
    return taker(trail, 'two')(ticks);
  });
  await settle();
  refuse.resolve();
  await one.close();
  await settle();
  held.resolve();
  assert.deepEqual(await asked, ['accepted']);
  await others.intake.push([tick(2)]);
  assert.deepEqual(trail, ['two takes A 1', 'two takes A 2']);
});

test('where nobody answers it is said after a while, and the question is not done later', async (t) => {
  const { clock, far, others } = await setUp(t);
  const asked = others.intake.push([tick(1)]).catch((error: unknown) => error);
  await settle();
  await clock.advance(60_000);
  const said = await asked;
  assert.ok(said instanceof Failure && said.code === 'not-ready', String(said));
  const trail: string[] = [];
  far.takePushes([0, 1], taker(trail, 'one'));
  await others.intake.push([tick(2)]);
  assert.deepEqual(trail, ['one takes A 2']);
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

test('the state of the sources is what was told last of each part, and stalled when nobody tells any more', async (t) => {
  const { clock, far, gateway, others } = await setUp(t);
  assert.deepEqual(others.sources(), []);
  const live = { name: 'demo', demo: true, state: 'live', detail: '', lastTickAt: 5 } as const;
  await far.tellSources(0, [live, { ...live, name: 'push', state: 'waiting', lastTickAt: null }]);
  await gateway.tellSources(1, [{ ...live, lastTickAt: 7 }]);
  const told = () => others.sources().map(({ name, state, lastTickAt }) => [name, state, lastTickAt]);
  assert.deepEqual(told(), [
    ['demo', 'live', 7],
    ['push', 'waiting', null],
  ]);
  await clock.advance(10_000);
  await gateway.tellSources(1, [{ ...live, lastTickAt: 9 }]);
  await clock.advance(3_000);
  assert.deepEqual(told()[0], ['demo', 'stalled', 9]);
  assert.match(others.sources()[0]?.detail ?? '', /not been heard of for 13 s/);
  await gateway.tellSources(0, [live]);
  assert.deepEqual(told(), [['demo', 'live', 9]]);
});
