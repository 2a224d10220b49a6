/**
 * API keys: made once, shown once, kept as a hash. A verified key is believed for a short while without asking the
 * store again, for a client that pushes prices sends hundreds of requests a second.
 */
import { defaultKeyHasher } from '@better-auth/api-key';
import { Failure } from '#errors.ts';
import type { ApiKeyView, CreatedApiKey } from '../contract/session.ts';
import { type Identity, type LibraryUser, sessionIdentity } from './identity.ts';
import type { AccountLibrary } from './library.ts';

export interface ApiKeys {
  verify(key: string): Promise<Identity | null>;
  create(userId: string, name: string, expiresAt: number | null): Promise<CreatedApiKey>;
  /** Newest first. */
  list(userId: string): Promise<readonly ApiKeyView[]>;
  remove(userId: string, id: string): Promise<'removed' | 'not-found'>;
  reassign(fromUserId: string, toUserId: string): Promise<void>;
}

/** A row of the account library's table. */
interface KeyRow {
  readonly id: string;
  readonly name: string | null;
  readonly start: string | null;
  readonly referenceId: string;
  readonly enabled: boolean;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly lastRequest: Date | null;
}

/** How long a key is believed: also how long another process may still take one that was removed here. */
const BELIEVED_MS = 10_000;
/** Verified keys remembered; about a megabyte. */
const MAX_BELIEVED = 5000;
/** Keys of one user: more is a mistake of a script. */
export const MAX_API_KEYS_PER_USER = 50;
/** The library's own keys are 64 characters and a prefix; longer ones are not worth a hash. */
const MAX_KEY_LENGTH = 200;

const view = (row: KeyRow): ApiKeyView => ({
  id: row.id,
  name: row.name ?? '',
  start: row.start ?? '',
  createdAt: row.createdAt.getTime(),
  expiresAt: row.expiresAt?.getTime() ?? null,
  lastUsedAt: row.lastRequest?.getTime() ?? null,
});

export function openApiKeys(
  library: AccountLibrary,
  context: Awaited<AccountLibrary['$context']>,
  now: () => number,
): ApiKeys {
  const { adapter } = context;
  const believed = new Map<string, { readonly identity: Identity; readonly until: number }>();
  const forget = (userId: string): void => {
    for (const [hash, { identity }] of believed) if (identity.userId === userId) believed.delete(hash);
  };
  const rowsOf = (userId: string): Promise<KeyRow[]> =>
    adapter.findMany<KeyRow>({
      model: 'apikey',
      where: [{ field: 'referenceId', value: userId }],
      sortBy: { field: 'createdAt', direction: 'desc' },
      limit: MAX_API_KEYS_PER_USER,
    });

  return {
    async verify(key) {
      if (key.length > MAX_KEY_LENGTH) return null;
      const hash = await defaultKeyHasher(key);
      const at = now();
      const known = believed.get(hash);
      if (known !== undefined && known.until > at) return known.identity;
      const row = await adapter.findOne<KeyRow>({ model: 'apikey', where: [{ field: 'key', value: hash }] });
      if (row === null || !row.enabled || (row.expiresAt !== null && row.expiresAt.getTime() <= at)) return null;
      const user = await adapter.findOne<LibraryUser>({
        model: 'user',
        where: [{ field: 'id', value: row.referenceId }],
      });
      if (user === null) return null;
      await adapter.update({
        model: 'apikey',
        where: [{ field: 'id', value: row.id }],
        update: { lastRequest: new Date(at) },
      });
      const identity: Identity = { ...sessionIdentity(user), via: 'api-key' };
      if (believed.size >= MAX_BELIEVED) believed.delete(believed.keys().next().value as string);
      const until = Math.min(at + BELIEVED_MS, row.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY);
      believed.set(hash, { identity, until });
      return identity;
    },
    async create(userId, name, expiresAt) {
      if ((await rowsOf(userId)).length >= MAX_API_KEYS_PER_USER)
        throw new Failure('limit-reached', `A user may have ${MAX_API_KEYS_PER_USER} API keys.`);
      const made = await library.api.createApiKey({
        body: { userId, name, ...(expiresAt === null ? {} : { expiresIn: Math.ceil((expiresAt - now()) / 1000) }) },
      });
      return { ...view(made as unknown as KeyRow), key: made.key };
    },
    async list(userId) {
      return (await rowsOf(userId)).map(view);
    },
    async remove(userId, id) {
      const where = [
        { field: 'id', value: id },
        { field: 'referenceId', value: userId },
      ];
      if ((await adapter.findOne({ model: 'apikey', where })) === null) return 'not-found';
      await adapter.delete({ model: 'apikey', where });
      forget(userId);
      return 'removed';
    },
    async reassign(fromUserId, toUserId) {
      await adapter.updateMany({
        model: 'apikey',
        where: [{ field: 'referenceId', value: fromUserId }],
        update: { referenceId: toUserId },
      });
      forget(fromUserId);
    },
  };
}
