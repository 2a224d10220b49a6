import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { needShared } from '../../../../test/support/need.ts';
import { DEFAULT_PAIRS, instrumentOfPair, symbolOfPair } from './pairs.ts';
import { readFrame } from './trade-frame.ts';

const frame = (change: object): string =>
  JSON.stringify({
    stream: 'btcusdt@trade',
    data: { e: 'trade', s: 'BTCUSDT', t: 7, p: '61837.63000000', q: '0.02000000', T: 1723161255342, ...change },
  });

test('a trade is read exactly, wrapped in its stream or bare', () => {
  const trade = { pair: 'BTCUSDT', id: 7, price: 61837.63, volume: 0.02, at: 1723161255342 };
  assert.deepEqual(readFrame(frame({})), { kind: 'trade', trade });
  assert.deepEqual(readFrame(JSON.stringify(JSON.parse(frame({})).data)), { kind: 'trade', trade });
});

test('what does not say a whole trade is never one', () => {
  const changes = [
    { p: '0.00000000' },
    { p: '-1' },
    { p: '' },
    { p: 61837.63 },
    { p: 'NaN' },
    { p: '1e5' },
    { q: null },
    { q: '1,5' },
    { t: '7' },
    { t: 1.5 },
    { t: -1 },
    { T: 0 },
    { T: '1723161255342' },
    { T: 1e300 },
    { s: '' },
    { s: 5 },
  ];
  for (const change of changes) assert.equal(readFrame(frame(change)).kind, 'rubbish', JSON.stringify(change));
});

test('no text makes it throw or become a trade by chance', () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => assert.notEqual(readFrame(text).kind, 'trade')));
});

test('other streams of a recording are passed over without complaint', (t) => {
  const path = needShared(t, 'providers/binance.ws.jsonl.gz');
  if (path === null) return;
  const kinds = gunzipSync(readFileSync(path))
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter(({ dir }) => dir === 'recv')
    .map(({ raw }) => readFrame(raw).kind);
  assert.ok(kinds.length > 200);
  assert.ok(kinds.every((kind) => kind === 'other'));
});

test('the well-known pairs are instruments, found by both of their names', () => {
  for (const symbol of DEFAULT_PAIRS) {
    const instrument = instrumentOfPair(symbol);
    assert.equal(symbolOfPair(instrument?.aliases[0] as string), symbol);
    assert.equal(instrument?.providers['binance'], instrument?.aliases[0]?.toLowerCase());
  }
  assert.equal(symbolOfPair('ETHBTC'), 'ETH-BTC');
  assert.equal(symbolOfPair('BTCFDUSD'), 'BTC-FDUSD');
  assert.equal(symbolOfPair('USDT'), undefined);
  assert.equal(symbolOfPair('NOPE'), undefined);
});
