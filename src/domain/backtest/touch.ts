/**
 * The chance that a price touches a level within a time, if it moves as it has moved of late and no way in particular: a
 * geometric Brownian motion without drift. A statement about a model, not about the future.
 */

/** Returns that are needed before anything is said of how a price moves. */
export const LEAST_RETURNS = 48;

const SQRT_2_PI = Math.sqrt(2 * Math.PI);

/**
 * The chance to reach `level` from `price` within `withinMs`, watched without a pause, where `variance` is that of the
 * logarithm of the price in one ms.
 *
 * For a Brownian motion with drift a and variance s² the highest value M until t has, by the reflection principle and
 * Girsanov's theorem, P(M >= b) = N((at - b) / s√t) + exp(2ab/s²) N((-b - at) / s√t) for b >= 0: S. E. Shreve,
 * "Stochastic Calculus for Finance II" (2004), corollary 7.2.2. A price without drift has a logarithm with a = -s²/2;
 * a level below is the mirror image with a = +s²/2.
 */
export function chanceOfTouching(price: number, level: number, variance: number, withinMs: number): number {
  if (!(price > 0) || !(level > 0)) return Number.NaN;
  const logDistance = Math.log(level / price);
  if (logDistance === 0) return 1;
  const total = variance * withinMs;
  if (!(total > 0)) return 0;
  const distance = Math.abs(logDistance);
  const drift = logDistance > 0 ? -total / 2 : total / 2;
  const deviation = Math.sqrt(total);
  const chance =
    normal((drift - distance) / deviation) +
    Math.exp((2 * drift * distance) / total) * normal((-distance - drift) / deviation);
  return Math.min(1, Math.max(0, chance));
}

/** How a price has moved: the variance of its logarithm in one ms, and how long was looked at. */
export interface Movement {
  readonly variance: number;
  readonly overMs: number;
}

/**
 * The realised variance: the sum of the squared returns from close to close over all the time that passed, hours in which
 * the market was closed included. Undefined where there are fewer than {@link LEAST_RETURNS}, or a price that has no
 * logarithm.
 */
export function realisedMovement(at: ArrayLike<number>, close: ArrayLike<number>): Movement | undefined {
  if (at.length <= LEAST_RETURNS) return undefined;
  let sum = 0;
  for (let index = 1; index < at.length; index += 1) {
    const step = Math.log((close[index] as number) / (close[index - 1] as number));
    if (!Number.isFinite(step)) return undefined;
    sum += step * step;
  }
  const overMs = (at[at.length - 1] as number) - (at[0] as number);
  return overMs > 0 ? { variance: sum / overMs, overMs } : undefined;
}

/**
 * The standard normal distribution, wrong by less than 7.5e-8: M. Abramowitz, I. A. Stegun, "Handbook of Mathematical
 * Functions" (1964), formula 26.2.17.
 */
function normal(x: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(x));
  const series = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const tail = (Math.exp((-x * x) / 2) / SQRT_2_PI) * series;
  return x > 0 ? 1 - tail : tail;
}
