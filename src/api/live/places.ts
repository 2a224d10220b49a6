/**
 * How many live connections there may be: in all, of one user, from one address.
 */
import type { Counter, Metrics } from '#contracts/metrics.ts';
import type { UserId } from '#domain/alert/alert.ts';
import { Failure } from '#errors.ts';

/** A client that was refused a place may ask again after this. */
const RETRY_AFTER_MS = 15_000;

export interface PlaceLimits {
  readonly maxConnections: number;
  readonly maxConnectionsPerUser: number;
  readonly maxConnectionsPerAddress: number;
}

export class Places {
  private readonly limits: PlaceLimits;
  private readonly ofUser = new Map<string, number>();
  private readonly ofAddress = new Map<string, number>();
  private readonly refused: Counter;
  private taken = 0;

  constructor(limits: PlaceLimits, metrics: Metrics) {
    this.limits = limits;
    this.refused = metrics.counter({
      name: 'tocsin_streams_refused_total',
      help: 'Live streams refused because a limit was reached.',
      labels: ['limit'],
    });
  }

  /** The answer gives the place back. */
  take(userId: UserId, address: string): () => void {
    const { maxConnections, maxConnectionsPerUser, maxConnectionsPerAddress } = this.limits;
    const retryAfterMs = RETRY_AFTER_MS;
    if (this.taken >= maxConnections) {
      this.refused.add(1, { limit: 'total' });
      throw new Failure('overloaded', `All ${maxConnections} streams are taken (MAX_CONNECTIONS).`, { retryAfterMs });
    }
    if ((this.ofUser.get(userId) ?? 0) >= maxConnectionsPerUser) {
      this.refused.add(1, { limit: 'user' });
      const detail = `A user may hold ${maxConnectionsPerUser} streams (MAX_CONNECTIONS_PER_USER).`;
      throw new Failure('rate-limited', detail, { retryAfterMs });
    }
    if ((this.ofAddress.get(address) ?? 0) >= maxConnectionsPerAddress) {
      this.refused.add(1, { limit: 'address' });
      const detail = `One address may hold ${maxConnectionsPerAddress} streams (MAX_CONNECTIONS_PER_ADDRESS).`;
      throw new Failure('rate-limited', detail, { retryAfterMs });
    }
    count(this.ofUser, userId, 1);
    count(this.ofAddress, address, 1);
    this.taken += 1;
    return () => {
      count(this.ofUser, userId, -1);
      count(this.ofAddress, address, -1);
      this.taken -= 1;
    };
  }
}

function count(counts: Map<string, number>, key: string, by: number): void {
  const next = (counts.get(key) ?? 0) + by;
  if (next === 0) counts.delete(key);
  else counts.set(key, next);
}
