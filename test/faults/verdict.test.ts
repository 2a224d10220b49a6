/** The judge of the fault runs finds each thing that can go wrong, in the fault during which it did. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Evidence, judge, serviceIn } from './verdict.ts';

const WINDOWS = [
  { name: 'kill -9 of record', from: 10_000, to: 20_000, losesAnswers: false },
  { name: 'kill -9 of notify', from: 20_000, to: 30_000, losesAnswers: true },
];
/** One alert that crosses twice, once in each window; all of it came, once. */
const whole: Evidence = {
  windows: WINDOWS,
  crossings: [[11_000, 21_000]],
  alertIds: ['a'],
  triggers: [11_000, 21_000].map((at) => ({ id: `t${at}`, alertId: 'a', after: { at } })),
  deliveries: [11_000, 21_000].map((at) => ({ id: `d${at}`, triggerId: `t${at}`, status: 'accepted' })),
  calls: new Map([11_000, 21_000].map((at) => [`d${at}`, [{ cameAt: at + 50, isLost: false }]])),
  settled: new Map(),
  arrivals: [11_000, 21_000].map((at) => ({ id: `t${at}`, at, cameAt: at + 20 })),
};
const found = (more: Partial<Evidence>): string[] =>
  judge({ ...whole, ...more }).map(({ due: _, examples: __, ...counts }) =>
    Object.entries(counts)
      .flatMap(([what, count]) => (count > 0 ? [`${count} ${what}`] : []))
      .join(', '),
  );
const called = (id: string, ...cameAt: readonly (number | string)[]): Partial<Evidence> => ({
  calls: new Map([...whole.calls, [id, cameAt.map((at) => ({ cameAt: Number(at), isLost: typeof at === 'string' }))]]),
});

test('a run in which all came once has no fault', () => {
  assert.deepEqual(found({}), ['', '']);
  assert.deepEqual(
    judge(whole).map(({ due }) => due),
    [1, 1],
  );
});

test('triggers that are lost, doubled or wrong, and what the page was not told', () => {
  assert.deepEqual(found({ crossings: [[11_000, 21_000, 22_000]] }), ['', '1 lost']);
  assert.deepEqual(found({ crossings: [[21_000]] }), ['1 wrong', '']);
  const again = { id: 'again', alertId: 'a', after: { at: 11_000 } };
  assert.deepEqual(found({ triggers: [...whole.triggers, again] }), ['1 doubled, 1 badDeliveries, 1 badAtPage', '']);
  assert.deepEqual(found({ arrivals: [...whole.arrivals, ...whole.arrivals.slice(1)] }), ['', '1 badAtPage']);
});

test('a delivery that came twice is excused where its answer was lost, and only there', () => {
  assert.deepEqual(found(called('d21000', 21_050, 25_000)), ['', '1 toldTwice'], 'in a fault that loses answers');
  assert.deepEqual(found(called('d11000', '11050', 12_000)), ['1 toldTwice', ''], 'by the far end');
  assert.deepEqual(found(called('d11000', 19_500, 25_000)), ['', '1 toldTwice'], 'not in the ledger yet');
  assert.deepEqual(found(called('d11000', 18_500, 25_000)), ['1 badDeliveries', ''], 'long in the ledger');
  assert.deepEqual(found(called('d11000', 11_050, 12_000)), ['1 badDeliveries', ''], 'in a fault that loses none');
  assert.deepEqual(found(called('d21000', 21_050, 22_000, 23_000)), ['', '1 toldTwice'], 'three times');
  const settled = new Map([['d21000', 1]]);
  assert.deepEqual(found({ ...called('d21000', 21_050, 25_000), settled }), ['', '1 badDeliveries'], 'known accepted');
});

test('deliveries that never came, are not accepted, or belong to nothing', () => {
  assert.deepEqual(found({ calls: new Map() }), ['1 badDeliveries', '1 badDeliveries']);
  assert.deepEqual(found({ deliveries: whole.deliveries.slice(1) }), ['2 badDeliveries', '']);
  assert.deepEqual(found(called('nobody', 21_000)), ['', '1 badDeliveries']);
});

test('a price made just before a fault, which kept it waiting, is not held against the fault before', () => {
  const arrival = (at: number, cameAt: number) => ({ id: `t${at}`, at, cameAt });
  const arrivals = [arrival(10_500, 11_900), arrival(12_000, 12_020), arrival(19_900, 35_000)];
  const services = WINDOWS.map((window) => serviceIn(window, arrivals));
  assert.deepEqual(
    services.map(({ waitMs, overMs }) => [waitMs, overMs]),
    [
      [1_400, 1_900],
      [15_100, 15_000],
    ],
  );
});
