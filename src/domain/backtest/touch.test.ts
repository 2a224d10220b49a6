import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Random } from '../../../test/support/random.ts';
import { chanceOfTouching, LEAST_RETURNS, realisedMovement } from './touch.ts';

const DAY_MS = 86_400_000;
const daily = (percent: number): number => (percent / 100) ** 2 / DAY_MS;

/** Two normal numbers of mean 0 and deviation 1 from two even ones (Box and Muller, 1958). */
function* normals(random: Random): Generator<number> {
  for (;;) {
    const length = Math.sqrt(-2 * Math.log(1 - random.next()));
    const angle = 2 * Math.PI * random.next();
    yield length * Math.cos(angle);
    yield length * Math.sin(angle);
  }
}

/**
 * Paths of a price without drift, looked at `steps` times. Looking only now and then misses touches as if the level were
 * farther away by 0.5826 deviations of one step (Broadie, Glasserman and Kou, "A continuity correction for discrete
 * barrier options", 1997): so a level that is nearer by this is looked for.
 */
function simulated(level: number, deviation: number, paths: number, steps: number): number {
  const draw = normals(new Random(7));
  const step = deviation / Math.sqrt(steps);
  const away = Math.log(level / 100);
  const barrier = away - Math.sign(away) * 0.5826 * step;
  let touched = 0;
  for (let path = 0; path < paths; path += 1) {
    let log = 0;
    for (let index = 0; index < steps; index += 1) {
      log += step * (draw.next().value as number) - (step * step) / 2;
      if (away > 0 ? log >= barrier : log <= barrier) {
        touched += 1;
        break;
      }
    }
  }
  return touched / paths;
}

test('it agrees with simulated paths', () => {
  const paths = 20_000;
  for (const [level, dailyPercent, days] of [
    [105, 2, 7],
    [95, 2, 7],
    [120, 4, 30],
    [70, 6, 30],
    [101, 1, 1],
  ] as const) {
    const exact = chanceOfTouching(100, level, daily(dailyPercent), days * DAY_MS);
    const found = simulated(level, (dailyPercent / 100) * Math.sqrt(days), paths, 200);
    // Four deviations of a count of 20,000, and half a point for what the correction leaves over.
    const tolerance = 4 * Math.sqrt((exact * (1 - exact)) / paths) + 0.005;
    assert.ok(Math.abs(exact - found) < tolerance, `${level} in ${days} d: ${exact} by formula, ${found} simulated`);
  }
});

test('near enough to the textbook: about twice the chance to end beyond the level', () => {
  // 2 N(-1) = 0.3173 for a level one deviation away, the drift of the logarithm being small.
  const chance = chanceOfTouching(100, 100 * Math.exp(0.01), 0.01 ** 2 / DAY_MS, DAY_MS);
  assert.ok(Math.abs(chance - 0.3173) < 0.005, String(chance));
});

test('it lies between 0 and 1, grows with time and movement, and falls with distance', () => {
  const positive = fc.double({ min: 1e-9, max: 1e9, noNaN: true });
  fc.assert(
    fc.property(
      positive,
      fc.double({ min: 0.5, max: 2, noNaN: true }),
      fc.double({ min: 0.01, max: 20, noNaN: true }),
      fc.integer({ min: 1, max: 60 }),
      (price, ratio, percent, days) => {
        const chance = (by: number, move: number, time: number): number =>
          chanceOfTouching(price, price * by, daily(move), time * DAY_MS);
        const here = chance(ratio, percent, days);
        assert.ok(here >= 0 && here <= 1);
        assert.ok(chance(ratio, percent, days + 1) >= here - 1e-6);
        assert.ok(chance(ratio, percent * 1.5, days) >= here - 1e-6 || ratio > 1);
        assert.ok(chance(ratio > 1 ? ratio * 1.1 : ratio / 1.1, percent, days) <= here + 1e-6);
      },
    ),
  );
});

test('at the level it is certain, without movement impossible, below zero unknown', () => {
  assert.equal(chanceOfTouching(100, 100, daily(2), DAY_MS), 1);
  assert.equal(chanceOfTouching(100, 101, 0, DAY_MS), 0);
  assert.ok(Number.isNaN(chanceOfTouching(-1, 2, daily(2), DAY_MS)));
  assert.ok(Number.isNaN(chanceOfTouching(1, -2, daily(2), DAY_MS)));
});

test('the movement of a series is found again', () => {
  const draw = normals(new Random(3));
  const at = Float64Array.from({ length: 5000 }, (_, index) => index * 3_600_000);
  let log = Math.log(50);
  const close = Float64Array.from(at, () => {
    log += 0.004 * (draw.next().value as number);
    return Math.exp(log);
  });
  const movement = realisedMovement(at, close);
  assert.ok(movement);
  assert.equal(movement.overMs, 4999 * 3_600_000);
  assert.ok(Math.abs(Math.sqrt(movement.variance * 3_600_000) / 0.004 - 1) < 0.05);
});

test('too little, or a price without a logarithm, says nothing', () => {
  const at = Array.from({ length: LEAST_RETURNS + 1 }, (_, index) => index * 60_000);
  assert.ok(
    realisedMovement(
      at,
      at.map(() => 5),
    ),
  );
  assert.equal(
    realisedMovement(
      at.slice(1),
      at.slice(1).map(() => 5),
    ),
    undefined,
  );
  assert.equal(
    realisedMovement(
      at,
      at.map((_, index) => (index === 9 ? 0 : 5)),
    ),
    undefined,
  );
});
