/**
 * What the database says went wrong, as the store's contract wants it: one `Failure` for what may go better later.
 * Anything else is a mistake of ours and goes through as it is, so that it is seen.
 */
import { Failure } from '#errors.ts';

/**
 * Classes of SQLSTATE that are the world's doing: connection, transaction rolled back (deadlock, serialization), out of
 * resources (disk full, too many connections), stopped by the operator, file errors, and a database that broke down.
 */
const PASSING_CLASSES = new Set(['08', '40', '53', '57', '58', 'XX']);
/** A server that is a standby: its place as the first is taken in a moment, or the address leads elsewhere. */
const STILL_STANDBY = '25006';
const PASSING_SYSTEM_ERRORS = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOSPC',
  'EIO',
  'EMFILE',
]);
/** pg's own errors about a connection carry no code; these are their beginnings. */
const PASSING_MESSAGES =
  /^(timeout exceeded|timeout expired|connection terminated|client has encountered a connection error|cannot use a pool|query read timeout|pglite is clos|server closed the connection)/i;
/** A text with a NUL character, which PostgreSQL cannot keep. */
const UNTRANSLATABLE = new Set(['22021', '22P05']);

export function toFailure(error: unknown): unknown {
  if (error instanceof Failure || !(error instanceof Error)) return error;
  const code = String((error as { code?: unknown }).code ?? '');
  if (UNTRANSLATABLE.has(code))
    return new Failure('bad-request', 'a text holds a NUL character, which cannot be stored', { cause: error });
  if (
    (code.length === 5 && PASSING_CLASSES.has(code.slice(0, 2))) ||
    code === STILL_STANDBY ||
    PASSING_SYSTEM_ERRORS.has(code) ||
    PASSING_MESSAGES.test(error.message) ||
    error.name === 'RuntimeError'
  )
    return new Failure('store-unavailable', `the database failed: ${error.message}`, { cause: error });
  return error;
}

/** The same methods, each turning the database's errors into the contract's. */
export function withFailures<T extends object>(methods: T): T {
  const wrapped = Object.entries(methods).map(([name, method]: [string, (...args: unknown[]) => Promise<unknown>]) => [
    name,
    async (...args: unknown[]): Promise<unknown> => {
      try {
        return await method(...args);
      } catch (error) {
        throw toFailure(error);
      }
    },
  ]);
  return Object.fromEntries(wrapped) as T;
}
