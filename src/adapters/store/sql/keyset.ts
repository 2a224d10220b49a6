/**
 * Cursors of lists: the place after which the next page begins, as an opaque text. A cursor is checked when it comes
 * back: what we did not write, or wrote for a list in another order, is refused.
 */
import type { Page, PageRequest } from '#contracts/store/store.ts';
import { Failure } from '#errors.ts';

export type Place = readonly [key: string | number, id: string];

/** The text of a cursor is never longer than a symbol or number and an id make it; a longer one is not ours. */
const MAX_CURSOR_CHARS = 400;

function refuse(): never {
  throw new Failure('bad-request', 'the cursor is not one of this list', {
    errors: [{ field: 'cursor', message: 'is not a cursor of this list', expected: ['the nextCursor of a page'] }],
  });
}

export function writeCursor(order: string, place: Place): string {
  return Buffer.from(JSON.stringify([order, ...place])).toString('base64url');
}

export function readCursor(order: string, keyType: 'string' | 'number', cursor: string | null): Place | null {
  if (cursor === null) return null;
  if (cursor.length > MAX_CURSOR_CHARS || !/^[\w-]+$/.test(cursor)) refuse();
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    refuse();
  }
  if (!Array.isArray(parts) || parts.length !== 3) refuse();
  const [kind, key, id] = parts as unknown[];
  if (kind !== order || typeof id !== 'string' || id.includes('\0')) refuse();
  if (keyType === 'number') return Number.isSafeInteger(key) ? [key as number, id] : refuse();
  return typeof key === 'string' && !key.includes('\0') ? [key, id] : refuse();
}

/** One more row than asked for was read: it tells whether there is a next page. */
export function toPage<Row, T>(
  rows: readonly Row[],
  request: PageRequest,
  order: string,
  place: (row: Row) => Place,
  item: (row: Row) => T,
): Page<T> {
  const shown = rows.slice(0, request.limit);
  const last = shown.at(-1);
  return {
    items: shown.map(item),
    nextCursor: rows.length > request.limit && last !== undefined ? writeCursor(order, place(last)) : null,
  };
}
