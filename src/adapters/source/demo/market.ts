/**
 * The demo market: what each listing costs at any second, as a pure function of seed, symbol and second. So a restart
 * goes on along the same path and two runs agree, without a word of memory.
 *
 * The logarithm of a price is a sum of waves whose height grows with the root of their length, which walks like a
 * market at every scale; the long ones are the trends. The short ones swell and calm down together (volatility comes in
 * clusters), and now and then the price jumps on news and slowly comes back.
 */
import type { Listing } from './listings.ts';
import { keyOf, normal, uniform, wave } from './noise.ts';

export interface Quote {
  readonly price: number;
  /** Absent where nothing is traded. */
  readonly volume?: number;
}

const DAY_SECONDS = 86_400;
/** Waves from 1 s to 2^22 s (48 days), each twice as long as the one before. */
const OCTAVES = 23;
/** Waves up to 512 s follow the mood of the hour. */
const MOODY_OCTAVES = 10;
/** So that a day's change has the listing's daily volatility (measured by the test). */
const HEIGHT = 0.34;
/** Waves of some hours to some days are a little higher than chance would have them: trends people can see. */
const TREND_OCTAVES = { from: 14, to: 18, factor: 1.35 };

const NEWS_EVERY_SECONDS = 7_200;
const NEWS_CHANCE = 0.3;
/** In daily volatilities. Never near what the gate takes for a mistake. */
const NEWS_HEIGHT = 0.45;
const NEWS_FADES_SECONDS = 10_800;
/** Older news has faded to less than half a percent of itself. */
const NEWS_REMEMBERED = 8;

/** What a listing costs at a second (of UTC), and what was traded in it. */
export function createMarket(seed: number, listing: Listing): (second: number) => Quote {
  const key = keyOf(seed, listing.instrument.symbol);
  const keys = Array.from({ length: OCTAVES }, (_, octave) => keyOf(key, `wave ${octave}`));
  const heights = keys.map((_, octave) => {
    const trend = octave >= TREND_OCTAVES.from && octave <= TREND_OCTAVES.to ? TREND_OCTAVES.factor : 1;
    return HEIGHT * trend * listing.dailyVolatility * Math.sqrt(2 ** octave / DAY_SECONDS);
  });
  const step = 10 ** -listing.instrument.decimals;
  const own = (what: string): number => keyOf(key, what);
  const [moodKey, slowMoodKey, bounceKey, sizeKey] = [own('mood'), own('slow mood'), own('bounce'), own('size')];
  const [newsKey, newsAtKey, newsSizeKey] = [own('news'), own('news at'), own('news size')];

  /** 1 in a usual hour; a third of it when calm, three times when wild. */
  const mood = (second: number): number =>
    Math.exp(0.45 * wave(slowMoodKey, second, 16_384) + 0.4 * wave(moodKey, second, 1_024) - 0.1);

  const news = (second: number): number => {
    const slot = Math.floor(second / NEWS_EVERY_SECONDS);
    let sum = 0;
    for (let past = slot; past > slot - NEWS_REMEMBERED; past -= 1) {
      if (uniform(newsKey, past) >= NEWS_CHANCE) continue;
      const at = (past + uniform(newsAtKey, past)) * NEWS_EVERY_SECONDS;
      if (second >= at) sum += normal(newsSizeKey, past) * Math.exp((at - second) / NEWS_FADES_SECONDS);
    }
    return sum * NEWS_HEIGHT * listing.dailyVolatility;
  };

  return (second) => {
    const now = mood(second);
    let path = news(second);
    for (let octave = 0; octave < OCTAVES; octave += 1)
      path +=
        (heights[octave] as number) *
        (octave < MOODY_OCTAVES ? now : 1) *
        wave(keys[octave] as number, second, 2 ** octave);
    // Buyers and sellers meet half a step above or below.
    const bounce = (uniform(bounceKey, second) - 0.5) * step;
    const price = Math.max(step, Math.round((listing.base * Math.exp(path) + bounce) / step) * step);
    const rounded = Number(price.toFixed(listing.instrument.decimals));
    if (listing.size === 0) return { price: rounded };
    const volume = listing.size * now * Math.exp(0.9 * normal(sizeKey, second) - 0.4);
    const smallest = 10 ** -listing.sizeDecimals;
    return { price: rounded, volume: Number(Math.max(smallest, volume).toFixed(listing.sizeDecimals)) };
  };
}
