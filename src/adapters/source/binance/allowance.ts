/**
 * When Binance may be asked again. Bans and connection counts are for the whole address, so every connection and
 * request of the source shares one of these.
 */
import type { Refusal } from './refusal.ts';

const WINDOW_MS = 300_000;
/** Binance allows 300 new connections in five minutes from one address; others may share ours. */
const MAX_CONNECTS = 100;

export class Allowance {
  private banned: { readonly until: number; readonly detail: string } | null = null;
  private connects: number[] = [];

  /** Nothing is sent until then. */
  ban(refusal: Refusal & { readonly kind: 'wait' }): void {
    if (this.banned === null || refusal.until > this.banned.until) this.banned = refusal;
  }

  /** Why nothing may be sent at `now`, and until when; null where it may. */
  wait(now: number): { readonly until: number; readonly detail: string } | null {
    return this.banned !== null && now < this.banned.until ? this.banned : null;
  }

  /** Like `wait`, and counts the connection where it may be made. */
  connect(now: number): { readonly until: number; readonly detail: string } | null {
    const banned = this.wait(now);
    if (banned !== null) return banned;
    this.connects = this.connects.filter((at) => now - at < WINDOW_MS);
    const oldest = this.connects[0];
    if (oldest !== undefined && this.connects.length >= MAX_CONNECTS)
      return { until: oldest + WINDOW_MS, detail: `${MAX_CONNECTS} connections were made within five minutes` };
    this.connects.push(now);
    return null;
  }
}
