/**
 * Who is connected, over all gateways: how many live streams a user and an address hold together. Beside the places of
 * this gateway (`live/places`), which hold where there is nothing to share.
 */
import type { Counter, Metrics } from '#contracts/metrics.ts';
import type { UserId } from '#domain/alert/alert.ts';
import { Failure } from '#errors.ts';
import type { Sharing } from './sharing.ts';

/** A client that was refused a place may ask again after this. */
const RETRY_AFTER_MS = 15_000;
/** Said again at once after the memory came back: some thousand in a second are nothing to it. */
const SAID_TOGETHER = 200;

export interface PresenceLimits {
  readonly maxConnectionsPerUser: number;
  readonly maxConnectionsPerAddress: number;
}

export class Presence {
  readonly #sharing: Sharing;
  readonly #limits: PresenceLimits;
  readonly #refused: Counter;
  /** `user …` or `address …` -> streams here. */
  readonly #here = new Map<string, number>();

  constructor(sharing: Sharing, limits: PresenceLimits, metrics: Metrics) {
    this.#sharing = sharing;
    this.#limits = limits;
    this.#refused = metrics.counter({
      name: 'tocsin_streams_refused_total',
      help: 'Live streams refused because a limit was reached.',
      labels: ['limit'],
    });
  }

  /** One more stream; the answer gives it back. Refused where all gateways together hold too many. */
  async join(userId: UserId, address: string): Promise<() => void> {
    if (!this.#sharing.isConfigured) return () => {};
    const { maxConnectionsPerUser, maxConnectionsPerAddress } = this.#limits;
    const user = `user ${userId}`;
    const from = `address ${address}`;
    const leave = (): void => {
      for (const name of [user, from]) void this.#change(name, -1);
    };
    const [ofUser = 0, ofAddress = 0] = await Promise.all([this.#change(user, 1), this.#change(from, 1)]);
    const refuse = (limit: string, detail: string): never => {
      leave();
      this.#refused.add(1, { limit });
      throw new Failure('rate-limited', detail, { retryAfterMs: RETRY_AFTER_MS });
    };
    if (ofUser > maxConnectionsPerUser)
      refuse('user', `A user may hold ${maxConnectionsPerUser} streams (MAX_CONNECTIONS_PER_USER).`);
    if (ofAddress > maxConnectionsPerAddress)
      refuse('address', `One address may hold ${maxConnectionsPerAddress} streams (MAX_CONNECTIONS_PER_ADDRESS).`);
    return leave;
  }

  /** What is held here, said again: where the memory lost it, and before it forgets. */
  async sayAll(): Promise<void> {
    const names = [...this.#here.keys()];
    for (let from = 0; from < names.length; from += SAID_TOGETHER)
      await Promise.all(
        names.slice(from, from + SAID_TOGETHER).map((name) => this.#sharing.hold(name, this.#here.get(name) ?? 0)),
      );
  }

  #change(name: string, by: number): Promise<number | undefined> {
    const now = (this.#here.get(name) ?? 0) + by;
    if (now === 0) this.#here.delete(name);
    else this.#here.set(name, now);
    return this.#sharing.hold(name, now);
  }
}
