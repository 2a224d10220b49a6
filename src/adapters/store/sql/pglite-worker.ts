/**
 * The embedded database's own thread: opens the files of its folder, runs what it is sent, one after another, and sends
 * the answers back as they are made. Never answers before what it answers for is on disk, see durable-files.ts.
 */
import { existsSync, renameSync, rmSync } from 'node:fs';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { DURABLE_PARAMETERS, DurableFiles } from './durable-files.ts';
import { runIn } from './pglite-engine.ts';
import type { FromThread, ThreadData, ToThread } from './pglite-thread.ts';

type Sync = (fd: number) => void;

const port = parentPort as MessagePort;
const { folder, syncFrom } = workerData as ThreadData;
const say = (message: FromThread): void => port.postMessage(message);

function open(at: string, sync: Sync | undefined): PGlite {
  return new PGlite({ fs: new DurableFiles(at, sync), startParams: [...DURABLE_PARAMETERS] });
}

/** Made beside and then renamed: a folder of that name is always whole. */
async function initialise(): Promise<void> {
  const unfinished = `${folder}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  const pglite = open(unfinished, undefined);
  await pglite.waitReady;
  await pglite.close();
  renameSync(unfinished, folder);
}

async function start(): Promise<PGlite> {
  const { sync } = syncFrom === undefined ? {} : ((await import(syncFrom)) as { readonly sync: Sync });
  if (!existsSync(folder)) await initialise();
  const pglite = open(folder, sync);
  await pglite.waitReady;
  return pglite;
}

try {
  const pglite = await start();
  port.on('message', async (message: ToThread) => {
    if (message === 'close') {
      await pglite.close();
      port.close();
      return;
    }
    await runIn(pglite, message, (bytes) => port.postMessage(bytes satisfies FromThread, [bytes.buffer]));
    say('ready');
  });
  say('ready');
} catch (error) {
  say({ failed: `the files cannot be opened: ${error instanceof Error ? error.message : error}` });
  port.close();
}
