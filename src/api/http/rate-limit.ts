/**
 * How often one user or address may ask: a bucket that holds a minute's worth and fills steadily. Kept by all gateways
 * together where they share, else in memory and bounded; who is forgotten starts with a full bucket.
 */
import type { Sharing } from '../shared/sharing.ts';

/** Buckets remembered, about 10 MB; the one used longest ago goes first. */
const MAX_BUCKETS = 100_000;
const MINUTE_MS = 60_000;

interface Bucket {
  tokens: number;
  at: number;
}

export class RateLimit {
  private readonly buckets = new Map<string, Bucket>();
  private readonly name: string;
  private readonly perMinute: number;
  private readonly sharing: Sharing;

  /** `name` tells it from other limits; `perMinute` 0 switches it off. */
  constructor(name: string, perMinute: number, sharing: Sharing) {
    this.name = name;
    this.perMinute = perMinute;
    this.sharing = sharing;
  }

  /** 0 where the request may pass, else how many ms to wait. */
  async take(key: string, now: number): Promise<number> {
    if (this.perMinute === 0) return 0;
    return (await this.sharing.take(`${this.name} ${key}`, this.perMinute)) ?? this.takeHere(key, now);
  }

  private takeHere(key: string, now: number): number {
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
