/**
 * Calls the address that is to be called while all is well; whoever keeps it raises the alarm when the calls stop. The
 * operator sets it, so it may be in a private network; it is not followed elsewhere, and has ten seconds to answer.
 */
import { request } from 'undici';

const LIMIT_MS = 10_000;

export function callDeadMan(url: string): (stop: AbortSignal) => Promise<void> {
  return async (stop) => {
    const signal = AbortSignal.any([stop, AbortSignal.timeout(LIMIT_MS)]);
    const { statusCode, body } = await request(url, { signal });
    body.on('error', () => {}).destroy();
    if (statusCode < 200 || statusCode > 299) throw new Error(`it answered ${statusCode}`);
  };
}
