/**
 * Time and waiting, as roles see them. Roles never call Date.now or setTimeout: a simulation gives them its own clock.
 */
export interface Clock {
  /** ms UTC. */
  now(): number;
  /** Runs `task` once after `delayMs`, or, where that is 0, after what waits for its turn now; the answer cancels it. */
  after(delayMs: number, task: () => void): () => void;
}

/** A promise that resolves after `delayMs`, or at once when `signal` is aborted. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const cancel = clock.after(delayMs, () => {
      signal?.removeEventListener('abort', stop);
      resolve();
    });
    const stop = (): void => {
      cancel();
      resolve();
    };
    signal?.addEventListener('abort', stop, { once: true });
  });
}

/** Resolves when `work` is over, or after `limitMs` at the latest; the work itself goes on. */
export async function within(clock: Clock, limitMs: number, work: Promise<unknown>): Promise<void> {
  const over = new AbortController();
  await Promise.race([work, sleep(clock, limitMs, over.signal)]).finally(() => over.abort());
}

/**
 * Runs `chore` again and again, `everyMs` after the last time was over; a failure is told, and the next time tries
 * again. The answer ends it and resolves when a time under way is over.
 */
export function every(
  clock: Clock,
  everyMs: number,
  chore: () => Promise<unknown>,
  failed: (error: unknown) => void,
): () => Promise<void> {
  const stopping = new AbortController();
  const round = async (): Promise<void> => {
    for (;;) {
      await sleep(clock, everyMs, stopping.signal);
      if (stopping.signal.aborted) return;
      await chore().catch(failed);
    }
  };
  const over = round();
  return () => {
    stopping.abort();
    return over;
  };
}
