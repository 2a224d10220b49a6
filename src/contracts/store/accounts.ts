/**
 * The few facts about users that Tocsin keeps beside the account library's own tables: answers kept for `Idempotency-Key`,
 * and whose secret their channels are sealed with.
 */
import type { UserId } from '#domain/alert/alert.ts';

export interface IdempotentAnswer {
  readonly requestHash: string;
  readonly status: number;
  readonly body: string;
}

export interface AccountStore {
  /** Reserves the key for this request, or says what it was used for. `pending`: the first one is still at work. */
  reserveIdempotencyKey(
    userId: UserId,
    key: string,
    requestHash: string,
    now: number,
  ): Promise<'reserved' | 'pending' | IdempotentAnswer>;
  saveIdempotentAnswer(userId: UserId, key: string, answer: IdempotentAnswer): Promise<void>;
  releaseIdempotencyKey(userId: UserId, key: string): Promise<void>;
  trimIdempotencyKeys(before: number): Promise<number>;
  /** Whether the secret with this mark is the one the store is used with: the first that says so, or was put in its place. */
  knowsSecret(mark: string): Promise<boolean>;
  /** From now on it is the one with this mark. */
  replaceSecret(mark: string): Promise<void>;
}
