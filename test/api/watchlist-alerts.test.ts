/**
 * Alerts over a watchlist over the API, all the way: each member fires by itself, and the alert follows its list.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Client, eventually } from '../support/client.ts';
import { startTrial, type Trial } from '../support/gateway.ts';

/** A user with a list of the shared instruments, and a key to push prices of one more. */
async function owner(
  trial: Trial,
): Promise<{ user: Client; list: string; push: (...prices: number[]) => Promise<void> }> {
  const user = trial.visitor();
  const { key } = await user.ok('POST', '/api/v1/api-keys', { name: 'pusher' });
  const pusher = trial.visitor();
  pusher.headers['x-api-key'] = key;
  const push = async (...prices: number[]): Promise<void> => {
    for (const price of prices) await pusher.ok('POST', '/api/v1/prices', { symbol: 'MINE', price });
  };
  await push(100);
  await trial.tick('OAK', 100);
  await trial.tick('ELM', 100);
  const { id } = await user.ok('POST', '/api/v1/watchlists', { name: 'Trees', symbols: ['OAK', 'ELM'] });
  return { user, list: id, push };
}

/** The evaluator has taken in all that was said and seen. */
async function settled({ store, bus }: Trial): Promise<void> {
  const isQuiet = async (): Promise<boolean> =>
    (await store.alerts.outbox(1)).length === 0 && (await bus.lag('stock-prices', 'evaluate')) === 0;
  await eventually(isQuiet, 'the evaluator is through');
}

const fired = async (user: Client, alert: string): Promise<string[]> =>
  (await user.all(`/api/v1/triggers?alertId=${alert}`))
    .map(({ symbol, after }) => `${symbol} ${after.price}`)
    .reverse();

test('create, fire for two members, add a third, fire, take one off, nothing more', async (t) => {
  const trial = await startTrial(t, { checkpointEveryMs: 20 });
  const { user, list, push } = await owner(trial);
  const body = { watchlist: list, condition: 'price above 105', frequency: 'repeat', cooldown: '0s', message: 'up' };
  const alert = await user.ok('POST', '/api/v1/alerts', body);
  assert.deepEqual(
    [alert.symbol, alert.watchlist, alert.coverage, alert.sentence],
    [null, { id: list, name: 'Trees' }, null, 'Tells you when an instrument of Trees is above 105.'],
  );
  assert.equal(alert.members.total, 2);
  const path = `/api/v1/alerts/${alert.id}`;
  const armed = (count: number) =>
    eventually(async () => (await user.ok('GET', path)).members.armed === count, `${count} members are armed`);
  await armed(2);
  await trial.tick('OAK', 108);
  await trial.tick('ELM', 103, 109);
  await settled(trial);
  assert.deepEqual((await fired(user, alert.id)).sort(), ['ELM 109', 'OAK 108']);
  const [trigger] = await user.all('/api/v1/triggers?symbol=OAK');
  assert.deepEqual([trigger.alertId, trigger.watchlist, trigger.message], [alert.id, 'Trees', 'up']);
  assert.deepEqual(await user.ok('GET', `/api/v1/triggers/${trigger.id}`), trigger);

  await user.ok('POST', `/api/v1/watchlists/${list}/members`, { symbols: ['MINE'] });
  await settled(trial);
  await push(107);
  await settled(trial);
  assert.deepEqual((await fired(user, alert.id)).slice(2), ['MINE 107']);

  await user.ok('DELETE', `/api/v1/watchlists/${list}/members/OAK`);
  await settled(trial);
  await trial.tick('OAK', 103, 110);
  await push(104, 106);
  await settled(trial);
  assert.deepEqual((await fired(user, alert.id)).slice(3), ['MINE 106']);
  const members = await user.all(`${path}/members`);
  assert.deepEqual(
    members.map(({ symbol }) => symbol),
    ['ELM', 'MINE'],
  );
  // Who comes back is armed anew, and fires of its own.
  await user.ok('POST', `/api/v1/watchlists/${list}/members`, { symbols: ['OAK'] });
  await settled(trial);
  assert.deepEqual((await fired(user, alert.id)).slice(4), ['OAK 110']);
  assert.equal(new Set((await user.all('/api/v1/triggers')).map(({ id }) => id)).size, 5);
  assert.deepEqual(trial.bugs, []);
});

test('once is once for each member; an edit, a pause and a resume are for all', async (t) => {
  const trial = await startTrial(t, { checkpointEveryMs: 20 });
  const { user, list } = await owner(trial);
  const { id } = await user.ok('POST', '/api/v1/alerts', { watchlist: list, condition: 'price > 105' });
  const path = `/api/v1/alerts/${id}`;
  await settled(trial);
  await trial.tick('OAK', 108);
  await settled(trial);
  const half = await user.ok('GET', path);
  assert.deepEqual([half.status, half.members.armed, half.members.done], ['armed', 1, 1]);
  await trial.tick('ELM', 108);
  await trial.tick('OAK', 103, 110);
  await settled(trial);
  assert.deepEqual([(await user.ok('GET', path)).status, (await fired(user, id)).length], ['done', 2]);

  const resumed = await user.ok('PATCH', path, { paused: false, condition: 'price > 112' });
  assert.deepEqual([resumed.version, resumed.members.arming, resumed.members.total], [2, 2, 2]);
  await settled(trial);
  assert.equal((await user.ok('GET', path)).members.armed, 2);
  const paused = await user.ok('PATCH', path, { paused: true });
  assert.deepEqual([paused.status, paused.members.paused], ['paused', 2]);
  await settled(trial);
  await trial.tick('OAK', 111, 113);
  await settled(trial);
  assert.equal((await fired(user, id)).length, 2, 'nothing fires while it is paused');
  await user.ok('PATCH', path, { paused: false });
  await settled(trial);
  assert.deepEqual((await fired(user, id)).slice(2), ['OAK 113'], 'true already: it fires at once');
  const worded = await user.ok('PATCH', path, { message: 'sell' });
  assert.deepEqual([worded.version, worded.members.done], [4, 1], 'a new message leaves every member as it is');
  assert.equal((await user.request('DELETE', path)).status, 204);
  await settled(trial);
  await trial.tick('ELM', 111, 114);
  await settled(trial);
  assert.equal((await user.all('/api/v1/triggers')).length, 3);
  assert.deepEqual(trial.bugs, []);
});

test('each member answers for itself: its state, how far, and why it has not fired', async (t) => {
  const trial = await startTrial(t);
  const { user, list } = await owner(trial);
  const { id } = await user.ok('POST', '/api/v1/alerts', { watchlist: list, condition: 'price > 105' });
  const path = `/api/v1/alerts/${id}`;
  await eventually(async () => (await user.ok('GET', path)).members.armed === 2, 'the members are armed');
  await trial.tick('OAK', 108);
  await eventually(async () => (await user.ok('GET', path)).members.done === 1, 'one is done');
  const page = await user.ok('GET', `${path}/members?limit=1`);
  assert.deepEqual([page.items.length, page.items[0].symbol], [1, 'ELM']);
  assert.deepEqual(
    (await user.all(`${path}/members`)).map(({ symbol, status, epoch, coverage }) => [symbol, status, epoch, coverage]),
    [
      ['ELM', 'armed', 1, 'live'],
      ['OAK', 'done', 1, 'live'],
    ],
  );
  assert.equal(page.items[0].distance.amount, 5);
  const elm = await user.ok('GET', `${path}/why?symbol=elm-alias`);
  assert.deepEqual([elm.symbol, elm.status, elm.reasons, elm.lastTrigger], ['ELM', 'armed', ['not-met'], null]);
  assert.match(elm.explanation, /5\.00/);
  const oak = await user.ok('GET', `${path}/why?symbol=OAK`);
  assert.deepEqual([oak.status, oak.reasons[0], oak.lastTrigger.symbol], ['done', 'done', 'OAK']);
  const unnamed = await user.request('GET', `${path}/why`);
  assert.deepEqual([unnamed.status, unnamed.body.errors[0].field], [400, 'symbol']);
  assert.equal((await user.request('GET', `${path}/why?symbol=MINE`)).status, 404);
  const plain = await user.ok('POST', '/api/v1/alerts', { symbol: 'OAK', condition: 'price > 900' });
  assert.equal((await user.ok('GET', `/api/v1/alerts/${plain.id}/why?symbol=oak`)).symbol, 'OAK');
  assert.equal((await user.request('GET', `/api/v1/alerts/${plain.id}/why?symbol=ELM`)).status, 404);
  assert.deepEqual((await user.ok('GET', `/api/v1/alerts/${plain.id}/members`)).items, []);
  const onOak = await user.ok('GET', '/api/v1/alerts?symbol=OAK');
  assert.deepEqual(onOak.items.map((one: { id: string }) => one.id).sort(), [id, plain.id].sort());
  assert.equal((await user.ok('GET', `/api/v1/alerts?watchlist=${list}`)).items[0].id, id);
  assert.deepEqual(trial.bugs, []);
});

test('before it is saved it is said for whom it holds already', async (t) => {
  const trial = await startTrial(t);
  const { user, list } = await owner(trial);
  await user.ok('POST', `/api/v1/watchlists/${list}/members`, { symbols: ['MINE'] });
  await trial.tick('OAK', 108);
  const check = (condition: string) => user.ok('POST', '/api/v1/conditions/check', { watchlist: list, condition });
  await eventually(async () => (await check('price > 105')).alreadyTrue, 'the new price is known');
  const above = await check('price above 99');
  assert.deepEqual([above.symbol, above.canonical, above.alreadyTrue], [null, 'price > 99', true]);
  assert.deepEqual(above.members, { total: 3, judged: 3, holding: 3, symbols: ['OAK', 'ELM', 'MINE'] });
  assert.deepEqual((await check('price > 105')).members, { total: 3, judged: 3, holding: 1, symbols: ['OAK'] });
  assert.deepEqual((await check('price > 900')).alreadyTrue, false);
  const unknown = await check('change(1d) > 5%');
  assert.deepEqual([unknown.alreadyTrue, unknown.members.judged], [null, 0]);
  assert.equal(unknown.needs[0].symbol, null);
  const single = await user.ok('POST', '/api/v1/conditions/check', { symbol: 'OAK', condition: 'price > 105' });
  assert.deepEqual([single.members, single.alreadyTrue], [null, true]);
});

test('over a list too an alert may look at another instrument, whoever is in it', async (t) => {
  const trial = await startTrial(t, { partitions: 1, checkpointEveryMs: 20 });
  const { user, list, push } = await owner(trial);
  const body = { watchlist: list, condition: 'price / price(elm-alias) crosses above 1.2', frequency: 'repeat' };
  const asked = { watchlist: list, condition: 'price >= price(elm-alias)' };
  const check = await user.ok('POST', '/api/v1/conditions/check', asked);
  assert.equal(check.canonical, 'price >= price(ELM)');
  assert.equal(check.sentence, 'Tells you when an instrument of Trees is at or above ELM.');
  assert.deepEqual(check.members, { total: 2, judged: 2, holding: 2, symbols: ['OAK', 'ELM'] });
  const alert = await user.ok('POST', '/api/v1/alerts', body);
  assert.equal(alert.condition, 'price / price(ELM) crosses above 1.2');
  await settled(trial);
  await trial.tick('OAK', 110, 125);
  await user.ok('POST', `/api/v1/watchlists/${list}/members`, { symbols: ['MINE'] });
  await settled(trial);
  await push(110);
  await trial.tick('ELM', 90);
  await settled(trial);
  const members = await user.all(`/api/v1/alerts/${alert.id}/members`);
  assert.deepEqual(
    members.map(({ symbol, status }) => `${symbol} ${status}`),
    ['ELM armed', 'MINE cooling', 'OAK cooling'],
  );
  assert.deepEqual(await fired(user, alert.id), ['OAK 125', 'MINE 110']);
  const why = await user.ok('GET', `/api/v1/alerts/${alert.id}/why?symbol=MINE`);
  assert.deepEqual([why.others[0].symbol, why.others[0].lastSeen.price], ['ELM', 90]);
  const itself = await user.ok('GET', `/api/v1/alerts/${alert.id}/why?symbol=ELM`);
  assert.deepEqual([itself.others, itself.distances[0].value], [[], 1]);
  assert.deepEqual(trial.bugs, []);

  const apart = await startTrial(t, { partitions: 2 });
  const there = await owner(apart);
  const refused = await there.user.request('POST', '/api/v1/alerts', { ...body, watchlist: there.list });
  assert.match(refused.body.errors[0].message, /^Instruments are evaluated apart on this server .* look at ELM\.$/);
});

test('what cannot be is refused with a reason', async (t) => {
  const trial = await startTrial(t, { settings: { maxWatchedMembersPerUser: 5 } });
  const { user, list } = await owner(trial);
  const refused = async (method: string, path: string, body: unknown, status: number, code: string) => {
    const answer = await user.request(method, path, body);
    assert.deepEqual([answer.status, answer.body.code], [status, code], JSON.stringify(answer.body));
    return answer.body;
  };
  const condition = 'price > 105';
  const alerts = '/api/v1/alerts';
  await refused('POST', alerts, { condition }, 400, 'bad-request');
  await refused('POST', alerts, { condition, symbol: 'OAK', watchlist: list }, 400, 'bad-request');
  await refused('POST', alerts, { condition, watchlist: 'no-such' }, 400, 'bad-request');
  const { detail } = await refused(
    'POST',
    alerts,
    { symbol: 'OAK', condition: 'any of Trees > 5' },
    422,
    'bad-condition',
  );
  assert.match(detail, /choose it as what the alert watches/);
  await user.ok('POST', alerts, { condition, watchlist: list });
  await user.ok('POST', alerts, { condition: 'price < 50', watchlist: list });
  assert.match(
    (await refused('POST', alerts, { condition, watchlist: list }, 422, 'limit-reached')).detail,
    /MAX_WATCHED/,
  );
  await refused('POST', `/api/v1/watchlists/${list}/members`, { symbols: ['MINE'] }, 422, 'limit-reached');
  const conflict = await refused('DELETE', `/api/v1/watchlists/${list}`, undefined, 409, 'conflict');
  assert.match(conflict.detail, /^2 alerts watch Trees: “price [<>] \d+”, “price [<>] \d+”\. /);
  assert.equal(conflict.errors.length, 2);
  for (const { id } of (await user.ok('GET', alerts)).items) await user.request('DELETE', `${alerts}/${id}`);
  assert.equal((await user.request('DELETE', `/api/v1/watchlists/${list}`)).status, 204);
  assert.deepEqual(trial.bugs, []);
});
