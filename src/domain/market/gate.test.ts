import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FUTURE_ALLOWANCE_MS, Gate, MAX_SOURCES_PER_SYMBOL } from './gate.ts';
import type { InstrumentSymbol } from './instrument.ts';
import type { Tick, TickRejection, TickVerdict } from './tick.ts';

const SYMBOL = 'OAK' as InstrumentSymbol;
const START = Date.UTC(2024, 5, 3, 14);
const WEEK_MS = 7 * 86_400_000;
const STALE_MS = 60_000;

const tick = (price: number, at: number, more: Partial<Tick> = {}): Tick => ({
  symbol: SYMBOL,
  price,
  at: START + at,
  receivedAt: START + at,
  source: 'a',
  ...more,
});

interface Outcome {
  readonly verdicts: TickVerdict[];
  readonly evaluated: Tick[];
  readonly rejected: { readonly tick: Tick; readonly reason: TickRejection }[];
}

/** Judges each tick at its time of receipt, as the ingest role does. */
function run(ticks: readonly Tick[], gate = new Gate(), staleAfterMs = STALE_MS): Outcome {
  const outcome: Outcome = { verdicts: [], evaluated: [], rejected: [] };
  for (const each of ticks) {
    const { verdict, released, givenUp } = gate.judge(each, each.receivedAt, staleAfterMs);
    outcome.verdicts.push(verdict);
    outcome.evaluated.push(...released);
    outcome.rejected.push(...givenUp);
    if (verdict === 'accepted') outcome.evaluated.push(each);
    else if (verdict !== 'held') outcome.rejected.push({ tick: each, reason: verdict });
  }
  return outcome;
}

/** Cases of field-notes.md, each after three good ticks around 100 and with what must be evaluated at the end. */
const GOOD = [tick(100, 0), tick(100.5, 1000), tick(100.2, 2000)];
const CASES: readonly {
  readonly what: string;
  readonly come: readonly Tick[];
  readonly verdicts: readonly TickVerdict[];
  readonly evaluated: readonly number[];
  readonly reasons: readonly TickRejection[];
}[] = [
  {
    what: 'a hundred times the price, then the price again',
    come: [tick(10_020, 3000), tick(100.3, 4000)],
    verdicts: ['held', 'accepted'],
    evaluated: [100.3],
    reasons: ['scale-error'],
  },
  {
    what: 'a hundredth (pounds for pence), then the price again',
    come: [tick(1.002, 3000), tick(100.3, 4000)],
    verdicts: ['held', 'accepted'],
    evaluated: [100.3],
    reasons: ['scale-error'],
  },
  {
    what: 'a series that has really changed from pence to pounds',
    come: [tick(1.002, 3000), tick(1.004, 4000), tick(1.003, 5000)],
    verdicts: ['held', 'accepted', 'accepted'],
    evaluated: [1.002, 1.004, 1.003],
    reasons: [],
  },
  {
    what: 'a crash: the next tick agrees, so both count',
    come: [tick(70, 3000), tick(69, 4000), tick(71, 5000)],
    verdicts: ['held', 'accepted', 'accepted'],
    evaluated: [70, 69, 71],
    reasons: [],
  },
  {
    what: 'an off-market print, then back',
    come: [tick(140, 3000), tick(100.1, 4000)],
    verdicts: ['held', 'accepted'],
    evaluated: [100.1],
    reasons: ['off-range'],
  },
  {
    what: 'one wild price after another, none like the one before',
    come: [tick(140, 3000), tick(60, 4000), tick(300, 5000), tick(100.1, 6000)],
    verdicts: ['held', 'held', 'held', 'accepted'],
    evaluated: [100.1],
    reasons: ['off-range', 'off-range', 'off-range'],
  },
  {
    what: 'a spike that comes halfway back confirms that the market moved',
    come: [tick(120, 3000), tick(114, 4000)],
    verdicts: ['held', 'accepted'],
    evaluated: [120, 114],
    reasons: [],
  },
  {
    what: 'the same wild quote fetched again confirms nothing',
    come: [tick(140, 3000), { ...tick(140, 3000), receivedAt: START + 4000 }, tick(100.1, 5000)],
    verdicts: ['held', 'repeated', 'accepted'],
    evaluated: [100.1],
    reasons: ['repeated', 'off-range'],
  },
  {
    what: 'zeros for an unknown symbol, however often',
    come: [tick(0, 3000), tick(0, 4000), tick(0, 5000), tick(100.1, 6000)],
    verdicts: ['held', 'held', 'held', 'accepted'],
    evaluated: [100.1],
    reasons: ['not-positive', 'not-positive', 'not-positive'],
  },
  {
    what: 'a price below zero that a second source has too',
    come: [tick(-37, 3000), tick(-36, 3500, { source: 'b' })],
    verdicts: ['held', 'accepted'],
    evaluated: [-37, -36],
    reasons: [],
  },
  {
    what: 'a wild price that a second source has too, though the first came back',
    come: [tick(140, 3000), tick(139, 3100, { source: 'b' }), tick(141, 4000)],
    verdicts: ['held', 'accepted', 'accepted'],
    evaluated: [140, 139, 141],
    reasons: [],
  },
  {
    what: 'a second source that does not agree leaves the decision to the next tick',
    come: [tick(140, 3000), tick(100.4, 3100, { source: 'b' }), tick(141, 4000)],
    verdicts: ['held', 'accepted', 'accepted'],
    evaluated: [100.4, 140, 141],
    reasons: [],
  },
  {
    what: 'a wild price that a second source has too, but only when the first has grown old',
    come: [tick(140, 3000), tick(139, 3001 + STALE_MS, { source: 'b' }), tick(100.1, 70_000)],
    verdicts: ['held', 'held', 'accepted'],
    evaluated: [100.1],
    reasons: ['off-range'],
  },
  {
    what: 'not a number',
    come: [tick(Number.NaN, 3000), tick(Number.POSITIVE_INFINITY, 3000), tick(100, Number.NaN), tick(100.1, 4000)],
    verdicts: ['not-a-number', 'not-a-number', 'not-a-number', 'accepted'],
    evaluated: [100.1],
    reasons: ['not-a-number', 'not-a-number', 'not-a-number'],
  },
  {
    what: 'a week-old quote served as new (another fetch of a throttled provider)',
    come: [{ ...tick(90, 3000 - WEEK_MS, { source: 'b' }), receivedAt: START + 3000 }, tick(100.1, 4000)],
    verdicts: ['stale', 'accepted'],
    evaluated: [100.1],
    reasons: ['stale'],
  },
  {
    what: 'the same old quote at every fetch, and then an older one',
    come: [WEEK_MS, WEEK_MS, WEEK_MS + 1].map((age, fetch) => ({
      ...tick(90, 3000 - age, { source: 'b' }),
      receivedAt: START + 3000 + fetch,
    })),
    verdicts: ['stale', 'repeated', 'late'],
    evaluated: [],
    reasons: ['stale', 'repeated', 'late'],
  },
  {
    what: 'time that goes backwards',
    come: [{ ...tick(99, 1500), receivedAt: START + 3000 }, tick(100.1, 4000)],
    verdicts: ['late', 'accepted'],
    evaluated: [100.1],
    reasons: ['late'],
  },
  {
    what: 'a late zero and a late price in pence spoil no history',
    come: [
      { ...tick(0, 1500), receivedAt: START + 3000 },
      { ...tick(10_020, 1500), receivedAt: START + 3000 },
    ],
    verdicts: ['not-positive', 'scale-error'],
    evaluated: [],
    reasons: ['not-positive', 'scale-error'],
  },
  {
    what: 'a clock a little ahead is fine, one far ahead is not and leaves no trace',
    come: [
      { ...tick(100.1, 3000 + FUTURE_ALLOWANCE_MS + 1), receivedAt: START + 3000 },
      { ...tick(100.2, 3000 + FUTURE_ALLOWANCE_MS), receivedAt: START + 3000 },
    ],
    verdicts: ['future', 'accepted'],
    evaluated: [100.2],
    reasons: ['future'],
  },
  {
    what: 'a trade sent again, even with a new time',
    come: [tick(100.1, 3000, { sequence: 7 }), tick(100.9, 4000, { sequence: 7 }), tick(100.3, 3000, { sequence: 8 })],
    verdicts: ['accepted', 'repeated', 'accepted'],
    evaluated: [100.1, 100.3],
    reasons: ['repeated'],
  },
  {
    what: 'alike trades of one millisecond, told apart by their numbers',
    come: [tick(100.1, 3000, { sequence: 7 }), tick(100.1, 3000, { sequence: 8 })],
    verdicts: ['accepted', 'accepted'],
    evaluated: [100.1, 100.1],
    reasons: [],
  },
  {
    what: 'a held tick that is confirmed too late for alerts still goes to history',
    come: [tick(140, 3000), tick(141, 3000 + STALE_MS + 1000)],
    verdicts: ['held', 'accepted'],
    evaluated: [141],
    reasons: ['stale'],
  },
];

for (const { what, come, verdicts, evaluated, reasons } of CASES)
  test(`gate: ${what}`, () => {
    const gate = new Gate();
    run(GOOD, gate);
    const outcome = run(come, gate);
    assert.deepEqual(outcome.verdicts, verdicts);
    assert.deepEqual(
      outcome.evaluated.map(({ price }) => price),
      evaluated,
    );
    assert.deepEqual(
      outcome.rejected.map(({ reason }) => reason),
      reasons,
    );
  });

test('after a restart the gate knows the last price and where each source stood', () => {
  const first = new Gate();
  const ticks = [...GOOD, tick(100.4, 3000, { sequence: 9 }), tick(100.1, 3500, { source: 'b' })];
  run(ticks, first);
  const second = new Gate();
  for (const source of ['a', 'b'])
    for (const [symbol, position] of first.positions(source)) second.seedOrder(source, symbol, position);
  second.seedPrice(ticks.at(-1) as Tick);
  assert.deepEqual(second.positions('a'), first.positions('a'));
  const again = [
    tick(100.4, 3000, { sequence: 9 }),
    tick(100.4, 2999, { sequence: 10 }),
    tick(100.1, 3500, { source: 'b' }),
    tick(10_010, 4000, { sequence: 11 }),
    tick(100.2, 5000, { sequence: 12 }),
  ];
  assert.deepEqual(run(again, second).verdicts, ['repeated', 'late', 'repeated', 'held', 'accepted']);
  assert.deepEqual(run(again, first).verdicts, ['repeated', 'late', 'repeated', 'held', 'accepted']);
});

test('ticks of the past move the order on, are not evaluated, and may be any price above zero', () => {
  const gate = new Gate();
  assert.equal(gate.judgePast(tick(50, -1000, { sequence: 1 })), 'stale');
  assert.equal(gate.judgePast(tick(50, -1000, { sequence: 1 })), 'repeated');
  assert.equal(gate.judgePast(tick(5000, -500, { sequence: 2 })), 'stale');
  assert.equal(gate.judgePast(tick(0, -400, { sequence: 3 })), 'not-positive');
  assert.equal(gate.judgePast(tick(5, -600, { sequence: 3 })), 'late');
  assert.deepEqual(run([tick(100, 0, { sequence: 4 })], gate).verdicts, ['accepted']);
});

test('no more sources of one instrument are remembered than the limit', () => {
  const gate = new Gate();
  for (let source = 0; source <= MAX_SOURCES_PER_SYMBOL; source += 1)
    run([tick(100, source, { source: `s${source}` })], gate);
  assert.equal(gate.positions('s0').size, 0);
  assert.equal(gate.positions('s1').size, 1);
});

test('a held tick that its own source has overtaken by number is not evaluated, though another confirms it', () => {
  const { evaluated, rejected } = run([
    tick(95, 0, { source: 'a' }),
    tick(62, 1400, { source: 'b', sequence: 1 }),
    tick(95, 1399, { source: 'b', sequence: 2 }),
    tick(62, 1500, { source: 'a' }),
  ]);
  assert.deepEqual(
    evaluated.map(({ source, price }) => `${source} ${price}`),
    ['a 95', 'b 95', 'a 62'],
  );
  assert.deepEqual(
    rejected.map(({ tick: { source, price }, reason }) => `${source} ${price} ${reason}`),
    ['b 62 late'],
  );
});

const feed = fc.array(
  fc.record({
    price: fc.oneof(
      { weight: 8, arbitrary: fc.double({ min: 95, max: 105, noNaN: true }) },
      { weight: 2, arbitrary: fc.constantFrom(0, -3, Number.NaN, 1, 10_000, 60, 62, 160, 163) },
    ),
    at: fc.integer({ min: -70_000, max: 7000 }),
    sequence: fc.option(fc.integer({ min: 0, max: 60 }), { nil: undefined }),
    source: fc.constantFrom('a', 'b'),
  }),
  { maxLength: 60 },
);

test('whatever comes: each tick ends in one place, what is evaluated is in order, fresh and above nonsense', () => {
  fc.assert(
    fc.property(feed, (given) => {
      let now = START;
      const ticks = given.map(({ price, at, sequence, source }, index): Tick => {
        now += 700;
        const base = { symbol: SYMBOL, price, at: now + at, receivedAt: now, source };
        return sequence === undefined ? base : { ...base, sequence: sequence + index };
      });
      const { verdicts, evaluated, rejected } = run(ticks);
      const ended = new Set([...evaluated, ...rejected.map((each) => each.tick)]);
      assert.equal(ended.size, evaluated.length + rejected.length, 'a tick ended twice');
      const open = ticks.filter((each) => !ended.has(each));
      assert.ok(open.every((each) => verdicts[ticks.indexOf(each)] === 'held'));
      assert.ok(new Set(open.map(({ source }) => source)).size === open.length, 'one held tick a source at most');
      for (const source of ['a', 'b']) {
        const own = evaluated.filter((each) => each.source === source);
        let sequence = -1;
        for (const [index, each] of own.entries()) {
          const before = own[index - 1];
          assert.ok(before === undefined || each.at >= before.at, 'time went back');
          if (each.sequence === undefined) continue;
          assert.ok(each.sequence > sequence, 'a sequence came again');
          sequence = each.sequence;
        }
      }
      for (const each of evaluated) {
        assert.ok(Number.isFinite(each.price));
        assert.ok(each.receivedAt - each.at <= STALE_MS && each.at - each.receivedAt <= FUTURE_ALLOWANCE_MS);
      }
    }),
    { numRuns: 500 },
  );
});

test('one bad tick anywhere in a good feed changes nothing of what is evaluated', () => {
  const prices = fc.array(fc.double({ min: 97, max: 103, noNaN: true }), { minLength: 2, maxLength: 150 });
  const bad = fc.constantFrom(0, -1, Number.NaN, 1, 10_000, 160, 30, 1e12, 1e-9);
  fc.assert(
    fc.property(prices, bad, fc.nat(), (good, wrong, where) => {
      const ticks = good.map((price, index) => tick(price, index * 1000, { sequence: index * 2 }));
      const at = 1 + (where % (ticks.length - 1));
      const spoilt = ticks.toSpliced(at, 0, tick(wrong, at * 1000 - 500, { sequence: at * 2 - 1 }));
      assert.deepEqual(run(spoilt).evaluated, ticks);
      assert.equal(run(spoilt).rejected.length, 1);
    }),
  );
});
