/** Alerts that look at other instruments, from the check of their condition to their evidence. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../support/client.ts';
import { startTrial } from '../support/gateway.ts';

test('an alert on two instruments fires at a tick of the other one, with the values of both', async (t) => {
  const trial = await startTrial(t, { partitions: 1 });
  const user = trial.visitor();
  await trial.tick('OAK', 100);
  await trial.tick('ELM', 60);
  const body = { symbol: 'OAK', condition: 'price(oak) / price(elm-alias) crosses above 1.8' };
  const check = await user.ok('POST', '/api/v1/conditions/check', body);
  assert.equal(check.canonical, 'price / price(ELM) crosses above 1.8', 'by its own symbol; its own price needs none');
  assert.equal(check.alreadyTrue, false);
  assert.ok(Math.abs(check.distance.value - 100 / 60) < 1e-12);
  const both = { symbol: 'OAK', condition: 'price > price(ELM)' };
  const already = await user.ok('POST', '/api/v1/conditions/check', both);
  assert.equal(already.alreadyTrue, true);
  assert.equal(already.distance.words, 'price is 100, 40 above price(ELM) at 60');

  const alert = await user.ok('POST', '/api/v1/alerts', body);
  await eventually(async () => (await user.ok('GET', `/api/v1/alerts/${alert.id}`)).status === 'armed', 'armed');
  const why = await user.ok('GET', `/api/v1/alerts/${alert.id}/why`);
  assert.deepEqual(
    why.others.map(({ symbol, lastSeen, isStale }: Record<string, { price: number }>) => [
      symbol,
      lastSeen?.price,
      isStale,
    ]),
    [['ELM', 60, false]],
  );

  await trial.tick('ELM', 54);
  const trigger = await eventually(async () => (await user.ok('GET', '/api/v1/triggers')).items[0], 'a trigger');
  assert.equal(trigger.symbol, 'OAK');
  assert.equal(trigger.after.price, 100);
  const [leaf] = trigger.leaves;
  assert.deepEqual([leaf.before, leaf.after], [100 / 60, 100 / 54]);
  assert.deepEqual(
    leaf.others.map(({ symbol, before, after }: Record<string, { price: number }>) => [
      symbol,
      before?.price,
      after?.price,
    ]),
    [['ELM', 60, 54]],
  );
  assert.deepEqual(trial.bugs, []);
});

test('what cannot be looked at is refused where it is named', async (t) => {
  const trial = await startTrial(t, { partitions: 1 });
  const [user, stranger] = [trial.visitor(), trial.visitor()];
  const secret = [{ symbol: 'MY-SECRET', price: 5, at: Date.now() }];
  const refusal = async (condition: string, by = user) => {
    const answer = await by.request('POST', '/api/v1/alerts', { symbol: 'OAK', condition });
    assert.equal(answer.status, 422, JSON.stringify(answer.body));
    return answer.body.errors[0];
  };
  const unknown = await refusal('price > 5 and price(OAX) > 5');
  assert.deepEqual([unknown.at, unknown.length], [20, 3]);
  assert.equal(unknown.message, 'There is no instrument OAX. Did you mean OAK?');
  const { key } = await user.ok('POST', '/api/v1/api-keys', { name: 'push' });
  const program = trial.visitor();
  program.headers['x-api-key'] = key;
  await program.ok('POST', '/api/v1/prices', secret);
  const hidden = await refusal('price(MY-SECRET) > 5', stranger);
  assert.equal(hidden.message, 'There is no instrument MY-SECRET.', 'as if it were not there');
  assert.equal((await refusal('price > price(OAK-ALIAS)')).message, 'Both sides are the same.');
  const many = Array.from({ length: 9 }, (_, index) => `price(X${index}) > 1`).join(' and ');
  assert.match((await refusal(many)).message, /^At most 8 other instruments/);
});

test('instruments that are evaluated apart cannot be looked at together', async (t) => {
  const trial = await startTrial(t, { partitions: 64 });
  assert.notEqual(trial.bus.partitionOf('stock-prices', 'OAK'), trial.bus.partitionOf('stock-prices', 'ELM'));
  const body = { symbol: 'OAK', condition: 'price > price(ELM)' };
  const answer = await trial.visitor().request('POST', '/api/v1/alerts', body);
  assert.equal(answer.status, 422);
  assert.match(answer.body.errors[0].message, /^OAK and ELM are evaluated apart on this server/);
});
