/**
 * The embedded database in a thread of its own, seen from the program's: its syncs, its cleaning and its long statements
 * hold up nobody but who asked. Bytes go there and back without being copied again; where the thread ends, `broken` says
 * how. While nothing is asked the thread does not keep the program alive.
 */
import { Worker } from 'node:worker_threads';
import type { PgliteEngine } from './pglite-engine.ts';

/** What the thread is started with. */
export interface ThreadData {
  readonly folder: string;
  /** A module whose `sync(fd)` is used in place of the system's, for tests. */
  readonly syncFrom: string | undefined;
}
/** To the thread: messages to run, or `close`. */
export type ToThread = Uint8Array<ArrayBuffer> | 'close';
/** From the thread: bytes of an answer; `ready` at its start and after each run; why it cannot begin. */
export type FromThread = Uint8Array<ArrayBuffer> | 'ready' | { readonly failed: string };

/** One that was given up by its client may still be under way when the next comes: answers belong to the first. */
interface Waiting {
  readonly answer: (bytes: Uint8Array) => void;
  readonly done: () => void;
}

/** Opens the files in the folder, made where there are none; rejects where that cannot be. */
export async function startThread(data: ThreadData): Promise<PgliteEngine> {
  const worker = new Worker(new URL('./pglite-worker.ts', import.meta.url), { workerData: data });
  const ended = new Promise<string>((resolve) => {
    worker.once('error', (error) => resolve(`its thread failed: ${error instanceof Error ? error.message : error}`));
    worker.once('exit', (code) => resolve(`its thread ended with code ${code}`));
  });
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  const waiting: Waiting[] = [];
  let failed: string | undefined;
  const ready = new Promise<void>((done) => waiting.push({ answer: () => {}, done }));
  worker.on('message', (message: FromThread) => {
    if (message instanceof Uint8Array) waiting[0]?.answer(message);
    else if (message === 'ready') {
      waiting.shift()?.done();
      if (waiting.length === 0) worker.unref();
    } else failed = message.failed;
  });
  const problem = await Promise.race([ready.then(() => null), ended]);
  if (problem !== null) throw new Error(failed ?? problem);
  return {
    run: (messages, answer) =>
      new Promise((done) => {
        waiting.push({ answer, done });
        worker.ref();
        const message: ToThread = messages;
        worker.postMessage(message, [messages.buffer]);
      }),
    broken: ended.then((how) => new Error(`connection terminated: the embedded database is gone, ${how}`)),
    async close() {
      waiting.push({ answer: () => {}, done: () => {} });
      worker.ref();
      worker.postMessage('close' satisfies ToThread);
      await exited;
    },
    async abandon() {
      await worker.terminate();
    },
  };
}
