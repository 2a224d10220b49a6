import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../support/client.ts';
import { startTrial } from '../support/gateway.ts';

test('an alert is made, armed, explained, fires with its evidence, and is done', async (t) => {
  const trial = await startTrial(t);
  const user = trial.visitor();
  await trial.tick('OAK', 100);
  const body = { symbol: 'oak-alias', condition: 'price  crosses above 101' };
  const check = await user.ok('POST', '/api/v1/conditions/check', body);
  assert.equal(check.canonical, 'price crosses above 101');
  assert.equal(check.symbol, 'OAK');
  assert.equal(check.alreadyTrue, false);
  assert.equal(check.unreachable, null);
  assert.deepEqual(check.needs, []);
  const past = await user.ok('POST', '/api/v1/conditions/check', { symbol: 'OAK', condition: 'change(24h) > 2%' });
  const need = { signal: 'change(1d)', symbol: 'OAK', bars: null, count: null, history: '1d' };
  assert.deepEqual(past.needs, [need]);
  const condition = 'sma(50, 1d) crosses above sma(200, 1d) and price > 52 week low';
  const bars = await user.ok('POST', '/api/v1/conditions/check', { symbol: 'OAK', condition });
  assert.equal(bars.canonical, 'sma(50, 1d) crosses above sma(200, 1d) and price > low(52w)');
  assert.equal(bars.alreadyTrue, null);
  assert.deepEqual(
    bars.needs.map(({ signal, bars: size, count, history }: Record<string, unknown>) => [signal, size, count, history]),
    [
      ['sma(50, 1d)', '1d', 50, '50d'],
      ['sma(200, 1d)', '1d', 200, '200d'],
      ['low(52w)', null, null, '52w'],
    ],
  );
  assert.equal(user.cookies.size, 0, 'a check needs no user');

  const created = await user.request('POST', '/api/v1/alerts', body);
  assert.equal(created.status, 201, JSON.stringify(created.body));
  const alert = created.body;
  assert.equal(alert.symbol, 'OAK');
  assert.equal(alert.frequency, 'once');
  assert.equal(alert.cooldown, '1h');
  assert.equal(alert.version, 1);
  assert.ok(user.cookies.size > 0, 'the visitor became a user');

  await eventually(async () => (await user.ok('GET', `/api/v1/alerts/${alert.id}`)).status === 'armed', 'armed');
  const why = await user.ok('GET', `/api/v1/alerts/${alert.id}/why`);
  assert.equal(why.reasons[0], 'not-met');
  assert.equal(why.lastSeen.price, 100);
  assert.equal(why.distance.amount, 1);
  assert.match(why.explanation, /101/);

  await trial.tick('OAK', 101);
  const trigger = await eventually(async () => (await user.ok('GET', '/api/v1/triggers')).items[0], 'a trigger');
  assert.equal(trigger.alertId, alert.id);
  assert.equal(trigger.before.price, 100);
  assert.equal(trigger.after.price, 101);
  assert.deepEqual(await user.ok('GET', `/api/v1/triggers/${trigger.id}`), trigger);
  const after = await user.ok('GET', `/api/v1/alerts/${alert.id}/why`);
  assert.equal(after.status, 'done');
  assert.equal(after.reasons[0], 'done');
  assert.equal(after.lastTrigger.id, trigger.id);
  assert.deepEqual(trial.bugs, []);
});

test('a new message, severity or channel leaves an alert armed as it is, and a done one done', async (t) => {
  const trial = await startTrial(t);
  const user = trial.visitor();
  await trial.tick('OAK', 100);
  const { id } = await user.ok('POST', '/api/v1/alerts', { symbol: 'OAK', condition: 'price > 90' });
  const read = () => user.ok('GET', `/api/v1/alerts/${id}`);
  const done = await eventually(async () => {
    const alert = await read();
    return alert.status === 'done' && alert;
  }, 'the alert is done');
  const page = await user.ok('POST', '/api/v1/channels', { kind: 'page', name: 'page' });
  const details = { message: 'new words', severity: 'critical', channels: [page.id] };
  const changed = await user.ok('PATCH', `/api/v1/alerts/${id}`, details);
  assert.deepEqual({ ...changed, updatedAt: 0 }, { ...done, ...details, updatedAt: 0 });
  await trial.tick('OAK', 101);
  assert.equal((await user.ok('GET', '/api/v1/triggers')).items.length, 1);
  assert.equal((await read()).status, 'done');
  assert.deepEqual(trial.bugs, []);
});

test('how an alert repeats is kept as it was said, and can be taken back', async (t) => {
  const trial = await startTrial(t);
  const user = trial.visitor();
  await trial.tick('OAK', 100);
  const base = { symbol: 'OAK', condition: 'price > 105', frequency: 'repeat' };
  const said = { rearm: '1%', remindEvery: '30m' };
  const alert = await user.ok('POST', '/api/v1/alerts', { ...base, ...said });
  assert.deepEqual([alert.rearm, alert.remindEvery, alert.bar], ['1%', '30m', null]);
  const changed = await user.ok('PATCH', `/api/v1/alerts/${alert.id}`, { rearm: null, remindEvery: null });
  assert.deepEqual([changed.rearm, changed.remindEvery], [null, null]);
  const perBar = await user.ok('PATCH', `/api/v1/alerts/${alert.id}`, { frequency: 'once-per-bar', bar: '1h' });
  assert.deepEqual([perBar.frequency, perBar.bar], ['once-per-bar', '1h']);
  for (const wrong of [{ rearm: '0%' }, { rearm: 'much' }, { remindEvery: '5s' }, { bar: '7m' }])
    assert.equal(
      (await user.request('POST', '/api/v1/alerts', { ...base, ...wrong })).status,
      400,
      JSON.stringify(wrong),
    );
  assert.deepEqual(trial.bugs, []);
});

test('pausing and resuming make new versions; a paused alert does not fire', async (t) => {
  const trial = await startTrial(t);
  const user = trial.visitor();
  await trial.tick('OAK', 100);
  const alert = await user.ok('POST', '/api/v1/alerts', {
    symbol: 'OAK',
    condition: 'price > 105',
    frequency: 'repeat',
    cooldown: '0s',
  });
  const paused = await user.ok('PATCH', `/api/v1/alerts/${alert.id}`, { paused: true });
  assert.equal(paused.status, 'paused');
  assert.equal(paused.version, 2);
  await trial.tick('OAK', 106);
  const resumed = await user.ok('PATCH', `/api/v1/alerts/${alert.id}`, { paused: false, message: 'now' });
  assert.equal(resumed.version, 3);
  assert.equal(resumed.cooldown, '0ms');
  const { items } = await eventually(async () => {
    const list = await user.ok('GET', '/api/v1/triggers');
    return list.items.length > 0 && list;
  }, 'a trigger');
  assert.equal(items.length, 1);
  assert.equal(items[0].alertVersion, 3);
  assert.equal(items[0].message, 'now');
  assert.deepEqual(trial.bugs, []);
});
