/**
 * `POST /api/v1/backtests` on the real store: the lines of the answer, what is refused before them, cancelling, and how
 * many may run at once.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_BACKTESTS_PER_USER } from '#api/backtest/places.ts';
import type { BacktestLine } from '#api/contract/backtest.ts';
import { backtestLineSchema, MAX_LISTED_FIRINGS } from '#api/contract/backtest.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import { Failure } from '#errors.ts';
import { type Client, eventually } from '../support/client.ts';
import { startTrial, type Trial } from '../support/gateway.ts';

const MINUTE_MS = 60_000;
const START = Date.UTC(2024, 0, 30);
const PATH = '/api/v1/backtests';
/** A partition the gateway's own bus does not have. */
const PARTITION = 99;

/** One price a minute. */
async function keep(trial: Trial, prices: readonly number[], start = START): Promise<void> {
  const ticks = prices.map((price, index) => {
    const at = start + index * MINUTE_MS;
    const tick = { symbol: 'OAK' as InstrumentSymbol, price, at, receivedAt: at, source: 'past' };
    return { tick, late: false };
  });
  await trial.store.prices.record(PARTITION, ticks.length, ticks);
}

async function linesOf(client: Client, body: object): Promise<BacktestLine[]> {
  const answer = await client.request<string>('POST', PATH, { symbol: 'OAK', ...body });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  assert.equal(answer.headers.get('content-type'), 'application/x-ndjson');
  assert.ok(answer.body.endsWith('\n'));
  return answer.body
    .trimEnd()
    .split('\n')
    .map((line) => backtestLineSchema.parse(JSON.parse(line)));
}

const resultOf = (lines: readonly BacktestLine[]) => {
  const last = lines.at(-1);
  assert.ok(last?.kind === 'done', JSON.stringify(last));
  return last.result;
};
const firingsOf = (lines: readonly BacktestLine[]) =>
  lines.flatMap((line) => (line.kind === 'firing' ? [line.firing] : []));

test('it tells when the alert would have fired, what came after, and how often', async (t) => {
  const trial = await startTrial(t);
  // Three days, more than one page: up over 100 for a minute once a day.
  const prices = Array.from({ length: 3 * 1440 }, (_, minute) => (minute % 1440 === 600 ? 104 : 99));
  await keep(trial, prices);
  const user = trial.visitor();
  const lines = await linesOf(user, { condition: 'price is over 100', to: START + 4 * 86_400_000 });
  const [started] = lines;
  assert.deepEqual(started, {
    kind: 'started',
    ...{ symbol: 'OAK', canonical: 'price > 100', from: START, to: START + 4 * 86_400_000 },
  });
  const days = [0, 1, 2].map((day) => START + (day * 1440 + 600) * MINUTE_MS);
  assert.deepEqual(
    firingsOf(lines).map(({ firedAt }) => firedAt),
    days,
  );
  const fell = 100 * (99 / 104 - 1);
  assert.deepEqual(firingsOf(lines)[0]?.after, [fell, 0, null]);
  const result = resultOf(lines);
  assert.deepEqual([result.count, result.listed, result.bars, result.perMonth], [3, 3, 4320, 30]);
  assert.deepEqual(result.months, [
    { month: '2024-01', count: 2 },
    { month: '2024-02', count: 1 },
  ]);
  assert.deepEqual(
    result.outcomes.map(({ known, higher }) => [known, higher]),
    [
      [3, 0],
      [2, 0],
      [0, 0],
    ],
  );
  assert.equal(user.cookies.size, 0, 'asking makes no user');
  const once = await linesOf(user, { condition: 'price > 100', frequency: 'once' });
  assert.equal(resultOf(once).count, 1);
  const later = await linesOf(user, { condition: 'price > 100', from: days[1], to: new Date(days[2] as number) });
  assert.equal(resultOf(later).count, 1, 'to is exclusive, from holds at once');
  assert.deepEqual(trial.bugs, []);
});

test('windows are filled from before the range, and nothing there fires', async (t) => {
  const trial = await startTrial(t);
  await keep(trial, [...Array.from({ length: 60 }, () => 100), 110, ...Array.from({ length: 60 }, () => 100)]);
  const from = START + 60 * MINUTE_MS;
  const lines = await linesOf(trial.visitor(), { condition: 'change(30m) > 5%', from });
  assert.equal(resultOf(lines).count, 1);
  assert.equal(resultOf(lines).from, from);
});

test('only so many firings are listed, all are counted', async (t) => {
  const trial = await startTrial(t);
  await keep(
    trial,
    Array.from({ length: 3 * MAX_LISTED_FIRINGS }, (_, minute) => 100 + (minute % 2)),
  );
  const lines = await linesOf(trial.visitor(), { condition: 'price crosses above 101', cooldown: '0s' });
  const { count, listed } = resultOf(lines);
  assert.equal(count, 1.5 * MAX_LISTED_FIRINGS);
  assert.equal(listed, MAX_LISTED_FIRINGS);
  assert.equal(firingsOf(lines).length, MAX_LISTED_FIRINGS);
});

test('without history there is an answer that says so', async (t) => {
  const trial = await startTrial(t);
  const result = resultOf(await linesOf(trial.visitor(), { condition: 'price > 1' }));
  assert.deepEqual([result.bars, result.count, result.months, result.perMonth], [0, 0, [], null]);
});

test('what is wrong with the question is a problem, before anything is told', async (t) => {
  const trial = await startTrial(t);
  const user = trial.visitor();
  const codeOf = async (body: object): Promise<[number, string]> => {
    const { status, body: problem, headers } = await user.request('POST', PATH, body);
    assert.match(headers.get('content-type') ?? '', /^application\/problem\+json/);
    return [status, problem.code];
  };
  const asked = { symbol: 'OAK', condition: 'price > 1' };
  assert.deepEqual(await codeOf({ ...asked, condition: 'prise > 1' }), [422, 'bad-condition']);
  assert.deepEqual(await codeOf({ ...asked, symbol: 'NONE' }), [422, 'unknown-instrument']);
  assert.deepEqual(await codeOf({ ...asked, from: START, to: START }), [400, 'bad-request']);
  assert.deepEqual(await codeOf({ ...asked, from: 0, to: START }), [400, 'bad-request']);
  assert.deepEqual(await codeOf({ ...asked, condition: 'change(30s) > 1%' }), [400, 'bad-request']);
  assert.deepEqual(await codeOf({ ...asked, channels: [] }), [400, 'bad-request']);
});

/** Reads of candles wait until they are let go. */
function holdReads(trial: Trial) {
  const { prices } = trial.store;
  const read = prices.candles;
  const waiting: (() => void)[] = [];
  let reads = 0;
  let isHeld = true;
  Object.assign(prices, {
    candles: async (...args: Parameters<typeof read>) => {
      reads += 1;
      if (isHeld) await new Promise<void>((resolve) => waiting.push(resolve));
      return read.apply(prices, args);
    },
  });
  return {
    reads: () => reads,
    letGo(): void {
      isHeld = false;
      for (const go of waiting.splice(0)) go();
    },
  };
}

test('few run at once: one more is told when to come again, and a closed connection makes room', async (t) => {
  const trial = await startTrial(t);
  await keep(trial, [1, 2, 3]);
  const held = holdReads(trial);
  const user = trial.visitor();
  await user.ok('POST', '/api/v1/channels', { kind: 'page', name: 'page' });
  const body = JSON.stringify({ symbol: 'OAK', condition: 'price > 1' });
  const cookie = [...user.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const headers = { 'content-type': 'application/json', origin: trial.url, cookie };
  const leave = new AbortController();
  const running = Array.from({ length: MAX_BACKTESTS_PER_USER }, () =>
    fetch(trial.url + PATH, { method: 'POST', body, headers, signal: leave.signal }).catch(() => undefined),
  );
  await eventually(async () => held.reads() === MAX_BACKTESTS_PER_USER, 'both run');
  const refused = await user.request('POST', PATH, JSON.parse(body));
  assert.deepEqual([refused.status, refused.body.code], [429, 'rate-limited']);
  assert.ok(Number(refused.headers.get('retry-after')) > 0);
  leave.abort();
  await Promise.all(running);
  held.letGo();
  const again = await eventually(async () => {
    const answer = await user.request<string>('POST', PATH, JSON.parse(body));
    return answer.status === 200 ? answer : undefined;
  }, 'there is room again');
  assert.match(again.body, /"kind":"done"/);
  assert.deepEqual(trial.bugs, []);
});

test('a test that nobody waits for any more reads no further', async (t) => {
  const trial = await startTrial(t);
  await keep(
    trial,
    Array.from({ length: 5000 }, () => 1),
  );
  const held = holdReads(trial);
  const leave = new AbortController();
  const running = fetch(trial.url + PATH, {
    method: 'POST',
    body: JSON.stringify({ symbol: 'OAK', condition: 'price > 1' }),
    headers: { 'content-type': 'application/json', origin: trial.url },
    signal: leave.signal,
  }).catch(() => undefined);
  await eventually(async () => held.reads() === 1, 'it runs');
  leave.abort();
  await running;
  // The server sees the end of the connection before it answers the next request on another.
  await trial.visitor().ok('GET', '/healthz');
  held.letGo();
  await trial.visitor().ok('GET', '/healthz');
  assert.ok(held.reads() <= 2, `${held.reads()} reads`);
});

test('what fails after the beginning is the last line', async (t) => {
  const trial = await startTrial(t);
  await keep(trial, [1, 2, 3]);
  let reads = 0;
  const read = trial.store.prices.candles;
  Object.assign(trial.store.prices, {
    candles: async (...args: Parameters<typeof read>) => {
      reads += 1;
      if (reads === 2) throw new Failure('store-unavailable', 'away');
      return read.apply(trial.store.prices, args);
    },
  });
  const lines = await linesOf(trial.visitor(), { condition: 'price > 1' });
  const last = lines.at(-1);
  assert.ok(last?.kind === 'failed');
  assert.deepEqual([last.problem.code, last.problem.retry], ['store-unavailable', 'later']);
  assert.deepEqual(
    lines.map(({ kind }) => kind),
    ['started', 'failed'],
  );
});

test('a check tells the chance of touching the level, where history says how the price moves', async (t) => {
  const trial = await startTrial(t);
  const user = trial.visitor();
  const now = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
  await trial.tick('OAK', 100);
  const touchOf = async (condition: string) =>
    (await user.ok('POST', '/api/v1/conditions/check', { symbol: 'OAK', condition })).touch;
  assert.equal(await touchOf('change(1d) > 1%'), null);
  const young = await touchOf('price > 110');
  assert.equal(young, null, 'too little is known');

  const elm = trial.visitor();
  // Half a day of minutes that go up and down by 0.1 %, so that closes of five minutes do.
  const ticks = Array.from({ length: 720 }, (_, minute) => {
    const at = now - (720 - minute) * MINUTE_MS;
    const price = Math.floor(at / (5 * MINUTE_MS)) % 2 === 0 ? 100 : 100.1;
    return { tick: { symbol: 'ELM' as InstrumentSymbol, price, at, receivedAt: at, source: 'past' }, late: false };
  });
  await trial.store.prices.record(PARTITION, ticks.length, ticks);
  await trial.tick('ELM', 100);
  const { touch } = await elm.ok('POST', '/api/v1/conditions/check', {
    symbol: 'ELM',
    condition: 'price crosses above 103',
  });
  assert.equal(touch.level, 103);
  assert.equal(touch.withinMs, 7 * 86_400_000);
  // 0.1 % in each of 2,016 times five minutes: a deviation of 4.5 % in a week, so two times N(-0.66).
  assert.ok(touch.chance > 0.45 && touch.chance < 0.56, JSON.stringify(touch));
  assert.ok(touch.basisMs > 11 * 3_600_000 && touch.basisMs <= 12 * 3_600_000);
  assert.deepEqual(trial.bugs, []);
});
