/**
 * The door every request and every WebSocket comes through: who asks, and whether they were sent by another site or ask
 * too often.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { Failure } from '#errors.ts';
import type { Identity } from '../auth/identity.ts';
import type { ApiDeps } from '../deps.ts';
import { isForeign } from './origin.ts';
import { RateLimit } from './rate-limit.ts';

export interface Knock {
  readonly headers: IncomingHttpHeaders;
  readonly address: string;
  /** It changes something, or opens a channel another site could read by: it must not come from one. */
  readonly isUnsafe: boolean;
  /** It opens a stream: thousands do at once when the program was started again. */
  readonly isStream?: boolean;
}

export interface Door {
  /** Who it is (null for a visitor) and cookies to renew, or a Failure. */
  enter(knock: Knock): Promise<{ readonly identity: Identity | null; readonly cookies: readonly string[] }>;
}

const PROOFS = ['cookie', 'authorization', 'x-api-key'];

/** Only what proves an identity, for the account library. */
export function proofHeaders(headers: IncomingHttpHeaders): Headers {
  const proofs = new Headers();
  for (const name of PROOFS) {
    const value = headers[name];
    if (typeof value === 'string') proofs.set(name, value);
  }
  return proofs;
}

export function createDoor({ accounts, clock, settings, sharing }: ApiDeps): Door {
  const limit = new RateLimit('requests', settings.rateLimit, sharing);
  const count = async (key: string): Promise<void> => refuseExcess(await limit.take(key, clock.now()));
  return {
    async enter({ headers, address, isUnsafe, isStream }) {
      const isProven = headers.authorization !== undefined || headers['x-api-key'] !== undefined;
      if (isUnsafe && !isProven && isForeign(headers, settings.publicUrl))
        throw new Failure('not-allowed', 'The request was sent by another site.');
      const found = await accounts.identify(proofHeaders(headers), isStream).catch(async (error: unknown) => {
        // Guessing keys is held back like everything else.
        await count(`address ${address}`);
        throw error;
      });
      await count(found.identity === null ? `address ${address}` : `user ${found.identity.userId}`);
      return found;
    },
  };
}

export function refuseExcess(waitMs: number): void {
  if (waitMs > 0)
    throw new Failure('rate-limited', `Too many requests; wait ${Math.ceil(waitMs / 1000)} s.`, {
      retryAfterMs: waitMs,
    });
}
