/** What each alert can always answer (semantics, the last part): how well it is watched, and what holds it back. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Instrument, InstrumentSymbol } from '#domain/market/instrument.ts';
import { eventually } from '../support/client.ts';
import { OPERATOR_KEY, startTrial, type Trial } from '../support/gateway.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** An instrument like the others of the trial, but for this. */
async function addAsh({ store }: Trial, more: Partial<Instrument>): Promise<void> {
  const [oak] = await store.instruments.getMany(['OAK' as InstrumentSymbol]);
  assert.ok(oak);
  await store.instruments.upsertShared([{ ...oak, symbol: 'ASH' as InstrumentSymbol, aliases: [], ...more }]);
}

test('how well its instrument is watched goes by the age of the price: live, stale, blind', async (t) => {
  let later = 0;
  const trial = await startTrial(t, { deps: { marketTime: () => Date.now() + later } });
  const user = trial.visitor();
  await addAsh(trial, { staleAfterMs: HOUR, blindAfterMs: 5 * HOUR });
  await trial.tick('ASH', 100);
  const { id } = await user.ok('POST', '/api/v1/alerts', { symbol: 'ASH', condition: 'price > 200' });
  await eventually(async () => {
    const { status, coverage } = await user.ok('GET', `/api/v1/alerts/${id}`);
    return status === 'armed' && coverage === 'live';
  }, 'it is armed, and its price is known');
  for (const [hours, coverage, reason] of [
    [0, 'live', 'not-met'],
    [2, 'stale', 'stale'],
    [6, 'blind', 'blind'],
  ] as const) {
    later = hours * HOUR;
    const why = await user.ok('GET', `/api/v1/alerts/${id}/why`);
    assert.deepEqual([why.coverage, why.reasons[0]], [coverage, reason]);
    assert.ok(why.lastSeen.ageMs >= later && why.lastSeen.source === 'push');
    const [price] = (await user.ok('GET', '/api/v1/prices?symbols=ASH')).items;
    const of = [await user.ok('GET', `/api/v1/alerts/${id}`), await user.ok('GET', '/api/v1/instruments/ASH'), price];
    for (const said of of) assert.equal(said.coverage, coverage);
  }
  assert.deepEqual(trial.bugs, []);
});

test('an old quote that is served as new is no sign of life, fires nothing and is not the price', async (t) => {
  const trial = await startTrial(t);
  const user = trial.visitor();
  const operator = trial.visitor();
  operator.headers['x-operator-key'] = OPERATOR_KEY;
  const { id } = await user.ok('POST', '/api/v1/alerts', {
    symbol: 'OAK',
    condition: 'price > 50',
    frequency: 'repeat',
  });
  const weekOld = { symbol: 'OAK', price: 100, at: Date.now() - 7 * 24 * 60 * MINUTE };
  const { items } = await operator.ok('POST', '/api/v1/prices', weekOld);
  assert.equal(items[0].verdict, 'stale');
  await trial.tick('ELM', 1);
  const alert = await user.ok('GET', `/api/v1/alerts/${id}`);
  assert.equal(alert.coverage, 'none');
  assert.deepEqual((await user.ok('GET', '/api/v1/prices?symbols=OAK')).items, []);
  await trial.tick('OAK', 40);
  await eventually(async () => (await user.ok('GET', `/api/v1/alerts/${id}/why`)).lastSeen?.price === 40, 'a price');
  assert.deepEqual((await user.ok('GET', '/api/v1/triggers')).items, []);
  assert.deepEqual(trial.bugs, []);
});

test('a price that was put aside, and a closed market, are said', async (t) => {
  let now = (): number => Date.now();
  const trial = await startTrial(t, { deps: { marketTime: () => now() } });
  const [user, operator] = [trial.visitor(), trial.visitor()];
  operator.headers['x-operator-key'] = OPERATOR_KEY;
  await addAsh(trial, { calendar: 'XNYS' });
  await trial.tick('ASH', 100);
  const { id } = await user.ok('POST', '/api/v1/alerts', { symbol: 'ASH', condition: 'price > 130' });
  const ask = () => user.ok('GET', `/api/v1/alerts/${id}/why`);
  const reasons = async () => (await ask()).reasons;
  await eventually(async () => (await ask()).coverage !== 'none', 'its price is known');
  assert.ok(!(await reasons()).includes('held'));
  const { items } = await operator.ok('POST', '/api/v1/prices', { symbol: 'ASH', price: 140 });
  assert.equal(items[0].verdict, 'held');
  // As ingest counts it, every few seconds.
  const counted = { reason: 'held', count: 1, lastAt: Date.now(), lastPrice: 140 } as const;
  await trial.store.prices.countRejected([{ symbol: 'ASH', source: 'push', ...counted }]);
  assert.ok((await reasons()).includes('held'));
  assert.deepEqual((await user.ok('GET', '/api/v1/triggers')).items, []);
  await trial.tick('ASH', 101);
  await eventually(async () => !(await reasons()).includes('held'), 'the next price ends it');
  const saturday = Date.now() + (6 - new Date().getUTCDay() + 7) * 24 * 60 * MINUTE;
  now = () => new Date(saturday).setUTCHours(12);
  const why = await ask();
  assert.deepEqual([why.coverage, why.reasons[0], why.session.open], ['closed', 'session-closed', false]);
  assert.ok(why.session.until > now());
  assert.deepEqual(trial.bugs, []);
});

test('after it fired: on which two values, and who was told when', async (t) => {
  const trial = await startTrial(t);
  const user = trial.visitor();
  await trial.tick('OAK', 100);
  const channel = await user.ok('POST', '/api/v1/channels', { kind: 'page', name: 'page' });
  const { id } = await user.ok('POST', '/api/v1/alerts', {
    ...{ symbol: 'OAK', condition: 'price crosses above 101', frequency: 'repeat', channels: [channel.id] },
  });
  await eventually(async () => (await user.ok('GET', `/api/v1/alerts/${id}`)).status === 'armed', 'armed');
  await trial.tick('OAK', 102);
  const why = await eventually(async () => {
    const answer = await user.ok('GET', `/api/v1/alerts/${id}/why`);
    return answer.deliveries[0]?.status === 'accepted' && answer;
  }, 'the page is told');
  assert.equal(why.status, 'cooling');
  assert.ok(why.reasons.includes('cooling-down') && why.cooldownUntil === why.lastTrigger.firedAt + 60 * MINUTE);
  const { before, after, firedAt, evaluatedAt, recordedAt } = why.lastTrigger;
  assert.deepEqual([before.price, after.price, after.source], [100, 102, 'push']);
  const [told] = why.deliveries;
  assert.equal(told.channelId, channel.id);
  const stages = [after.at, after.receivedAt, evaluatedAt, recordedAt, told.attempts[0].at];
  assert.deepEqual(
    stages,
    stages.toSorted((a, b) => a - b),
  );
  assert.equal(firedAt, after.at);
  assert.deepEqual(trial.bugs, []);
});
