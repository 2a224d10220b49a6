/**
 * How often one user or address may ask: a bucket that holds a minute's worth and fills steadily. Kept in memory and
 * bounded; who is forgotten starts with a full bucket.
 */

/** Buckets remembered, about 10 MB; the one used longest ago goes first. */
const MAX_BUCKETS = 100_000;
const MINUTE_MS = 60_000;

interface Bucket {
  tokens: number;
  at: number;
}

export class RateLimit {
  private readonly buckets = new Map<string, Bucket>();
  private readonly perMinute: number;

  /** `perMinute` 0 switches it off. */
  constructor(perMinute: number) {
    this.perMinute = perMinute;
  }

  /** 0 where the request may pass, else how many ms to wait. */
  take(key: string, now: number): number {
    if (this.perMinute === 0) return 0;
    const bucket = this.buckets.get(key) ?? { tokens: this.perMinute, at: now };
    const filled = bucket.tokens + (Math.max(0, now - bucket.at) * this.perMinute) / MINUTE_MS;
    const tokens = Math.min(this.perMinute, filled);
    this.buckets.delete(key);
    if (this.buckets.size >= MAX_BUCKETS) this.buckets.delete(this.buckets.keys().next().value as string);
    const passes = tokens >= 1;
    this.buckets.set(key, { tokens: passes ? tokens - 1 : tokens, at: now });
    return passes ? 0 : Math.ceil(((1 - tokens) * MINUTE_MS) / this.perMinute);
  }
}
