/**
 * Histories on which the engine and the evaluator by brute force once disagreed, or a restart was noticed.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileCondition } from '#domain/condition/checker.ts';
import { compare } from './comparison.ts';
import { HOUR, MINUTE, type RuleDraft, SECOND, type Step } from './histories.ts';

const tick = (after: number, price: number, volume: number | null = null): Step => ({
  do: 'tick',
  of: 0,
  after,
  price,
  volume,
  source: 0,
  late: 0,
  numbered: false,
});
const put = (id: number, text: string, more: Partial<RuleDraft> = {}): Step => {
  const compiled = compileCondition(text);
  assert.ok(compiled.ok, text);
  const rule: RuleDraft = {
    condition: compiled.condition,
    paused: false,
    calendar: '24/7',
    staleAfterMs: SECOND,
    otherHours: [],
    frequency: 'repeat',
    cooldownMs: 0,
    session: 'regular',
    gap: 'fire',
    expiresIn: null,
    ...more,
  };
  return { do: 'put', id, rule, skip: 1 };
};

test('histories that once disagreed', () => {
  // A slot that is used again kept the last alert's time of arming.
  const gone: Step = { do: 'remove', id: 2, back: 0 };
  compare([tick(HOUR, 95), put(2, 'not price > 99'), gone, { do: 'restart' }, put(0, 'price > 96', { expiresIn: -1 })]);
  // A value was too old when its alert was armed, and not yet so at the earlier time of a tick that came late.
  const late: Step = { ...tick(0, 95, 1), late: MINUTE } as Step;
  compare([
    tick(0, 95, 0),
    { ...tick(HOUR, 99.5), of: 1 } as Step,
    { do: 'clock', after: 5 * SECOND },
    put(0, 'volume < 9 or price(OTHER) > 200', {
      staleAfterMs: HOUR,
      otherHours: [{ calendar: '24/7', staleAfterMs: SECOND }],
    }),
    late,
  ]);
  // A move of a volume that is not known started anew at nothing, which a restart forgot.
  const either = put(0, 'not volume moves 1 in 1s or price >= 0');
  compare([tick(5000, 95), either, { do: 'restart' }, tick(HOUR, 95), { do: 'restart' }]);
  // A confirmation whose time had come while the price was too old was forgotten by a tick from before that time.
  const early = (price: number): Step => ({ ...tick(0, price), late: MINUTE }) as Step;
  const held = put(0, 'price < 100 for 5s', { frequency: 'once' });
  compare([early(95), held, { do: 'clock', after: 0 }, early(99.5), tick(0, 99.5)]);
  // A restart forgot how many ticks had confirmed that one thing followed another.
  const followed = put(0, 'price crosses above 100 then price outside 97..98 within 5s for 3 ticks', {
    frequency: 'once',
  });
  const before = [followed, tick(0, 99.5), tick(0, 100), tick(0, 99.5), tick(5 * SECOND, 100)];
  compare([...before, { do: 'restart' }, tick(0, 95)]);
  // An older rule that came once more made the checkpoint forget that its alert had left the instruments it looked at.
  const joint = put(0, 'price(OTHER) + 2 > 96', { otherHours: [{ calendar: '24/7', staleAfterMs: SECOND }] });
  const left = put(0, 'price > 97');
  compare([joint, { do: 'restart' }, left, { ...joint, skip: 0 } as Step, { do: 'restart' }]);
  // A silence that began is a look at what holds, of which something was too old by then: it was held on.
  const looked = put(0, 'price(OTHER) > 1 and (price > 1 or no data for 5s) for 10s', {
    staleAfterMs: HOUR,
    otherHours: [{ calendar: '24/7', staleAfterMs: SECOND }],
  });
  const theirs = (after: number): Step => ({ ...tick(after, 95), of: 1 }) as Step;
  const clock: Step = { do: 'clock', after: 8 * SECOND };
  compare([looked, tick(0, 95), theirs(0), clock, theirs(0), { ...clock, after: 5 * SECOND }, theirs(0)]);
});
