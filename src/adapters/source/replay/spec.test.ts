import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseReplaySpec } from './spec.ts';

test('a replay is a path with options', () => {
  assert.deepEqual(parseReplaySpec('replay:a/b.csv.gz'), {
    spec: { path: 'a/b.csv.gz', speed: 'max', symbol: null },
  });
  assert.deepEqual(parseReplaySpec('replay:/x y.csv?speed=0'), { spec: { path: '/x y.csv', speed: 0, symbol: null } });
  assert.deepEqual(parseReplaySpec('replay:x?speed=2.5&symbol=btc-usd'), {
    spec: { path: 'x', speed: 2.5, symbol: 'BTC-USD' },
  });
});

test('what is wrong with a replay is said', () => {
  for (const [text, problem] of [
    ['replay:', /must be replay:PATH/],
    ['replay', /must be replay:PATH/],
    ['replay:x?speed=fast', /speed must be max, 0 \(paused\) or a number up to 1000000, not "fast"/],
    ['replay:x?speed=-1', /not "-1"/],
    ['replay:x?speed=1000001', /not "1000001"/],
    ['replay:x?symbol=%20', /cannot be a symbol/],
    ['replay:x?loop=1', /no option "loop"/],
  ] as const) {
    const parsed = parseReplaySpec(text);
    assert.match('problem' in parsed ? parsed.problem : 'none', problem, text);
  }
});
