import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client, eventually } from '../support/client.ts';
import { OPERATOR_KEY, startTrial } from '../support/gateway.ts';

const MINUTE_MS = 60_000;

test('a check knows what bars and windows know: it answers as the alert will once it is armed', async (t) => {
  const trial = await startTrial(t);
  const operator = new Client(trial.url, { 'x-operator-key': OPERATOR_KEY });
  const last = Date.now() - 1000;
  for (let minute = 8; minute >= 0; minute -= 1) {
    const prices = { symbol: 'ELM', price: 108 - minute, at: new Date(last - minute * MINUTE_MS).toISOString() };
    const { items } = await operator.ok('POST', '/api/v1/prices', prices);
    // What is old is history all the same.
    assert.equal(items[0].verdict, minute > 0 ? 'stale' : 'accepted');
  }
  await eventually(async () => (await trial.store.prices.at('ELM' as never, last))?.at === last, 'it is recorded');
  const user = trial.visitor();
  const check = async (condition: string) =>
    user.ok('POST', '/api/v1/conditions/check', { symbol: 'ELM', condition }) as Promise<{
      alreadyTrue: boolean | null;
      distance: { value: number; words: string } | null;
      missing: string | null;
    }>;
  const truth = async (condition: string): Promise<boolean | null> => (await check(condition)).alreadyTrue;

  assert.equal(await truth('sma(3, 1m) > 106'), true);
  assert.equal((await check('sma(3, 1m) > 200')).distance?.value, 107);
  assert.equal(await truth('rsi(14, 1m) > 1'), null, 'nine bars are too few');
  assert.equal(await truth('change(5m) > 4%'), true);
  assert.equal(await truth('change(5m) > 6%'), false);
  assert.equal(await truth('change(1h) > 1%'), null, 'nothing is known of an hour ago');
  assert.match(String((await check('rsi(14, 1m) > 1')).missing), /^it needs [67] more bars of 1m$/);
  const opened = new Date(last - 8 * MINUTE_MS + 60 * MINUTE_MS).toISOString();
  assert.match(
    String((await check('change(1h) > 1%')).missing),
    new RegExp(`^it looks back 1 hour, and has values for that from ${opened.slice(0, 10)} .* UTC on$`),
  );
  assert.equal((await check('sma(3, 1m) > 200')).missing, null);
  assert.equal(await truth('price > high(5m) or price < 1'), false);
  assert.equal(await truth('price crosses above sma(3, 1m)'), false, 'an event is none at rest');
  assert.equal((await check('price falls 8% from high')).distance?.value, 0);
  assert.equal(await truth('price > 100 for 3 ticks'), true);

  const { id } = await user.ok('POST', '/api/v1/alerts', { symbol: 'ELM', condition: 'sma(3, 1m) > 106' });
  await eventually(async () => (await user.ok('GET', `/api/v1/alerts/${id}`)).status === 'done', 'it has fired');
  // What nobody computes for it any more is not "not known yet".
  assert.deepEqual((await user.ok('GET', `/api/v1/alerts/${id}/why`)).distances, []);
  assert.deepEqual(trial.bugs, []);
});
