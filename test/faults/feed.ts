/**
 * Hands the market's prices to the program at a steady rate, in order, each until it is taken: what one gateway does not
 * answer goes to the next, with the same numbers.
 */
import type { Market, Price } from './market.ts';

const MAKE_EVERY_MS = 25;
const MAX_PUSH = 2_000;
/** Longer than an answer takes while all is well, shorter than anything we measure. */
const ANSWER_MS = 1_500;
const RETRY_MS = 50;

export interface Feed {
  /** How old the oldest price is that was not taken yet, in ms. */
  behindMs(): number;
  /** Prices that were turned away, by why. */
  readonly refused: ReadonlyMap<string, number>;
  /** No more prices; how many were not taken even after so long. */
  end(limitMs: number): Promise<number>;
  /** At once. */
  stop(): void;
}

export interface FeedOptions {
  readonly market: Market;
  readonly gateways: () => readonly string[];
  readonly key: string;
  readonly perSecond: number;
}

export function startFeed({ market, gateways, key, perSecond }: FeedOptions): Feed {
  const refused = new Map<string, number>();
  let waiting: Price[] = [];
  let owed = 0;
  let madeAt = Date.now();
  let isEnding = false;
  let isStopped = false;
  const timer = setInterval(() => {
    const now = Date.now();
    owed += ((now - madeAt) / 1000) * perSecond;
    madeAt = now;
    for (; owed >= 1; owed -= 1) waiting.push(market.next(now));
  }, MAKE_EVERY_MS);

  let turn = 0;
  const hand = async (prices: readonly Price[]): Promise<boolean> => {
    const urls = gateways();
    const url = urls[turn % urls.length];
    try {
      const answer = await fetch(`${url}/api/v1/prices`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-api-key': key },
        body: JSON.stringify(prices),
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`);
      const { items } = (await answer.json()) as { items: { verdict: string }[] };
      for (const { verdict } of items)
        if (verdict !== 'accepted' && verdict !== 'repeated') refused.set(verdict, (refused.get(verdict) ?? 0) + 1);
      return true;
    } catch {
      turn += 1;
      return false;
    }
  };
  const handing = (async () => {
    while (!isStopped && (!isEnding || waiting.length > 0)) {
      const some = waiting.slice(0, MAX_PUSH);
      if (some.length > 0 && (await hand(some))) waiting = waiting.slice(some.length);
      else await new Promise((again) => setTimeout(again, RETRY_MS));
    }
  })();
  const stop = (): void => {
    clearInterval(timer);
    isStopped = true;
  };
  return {
    refused,
    behindMs: () => (waiting[0] ? Date.now() - waiting[0].at : 0),
    async end(limitMs) {
      clearInterval(timer);
      isEnding = true;
      const limit = setTimeout(stop, limitMs);
      await handing;
      clearTimeout(limit);
      return waiting.length;
    },
    stop,
  };
}
