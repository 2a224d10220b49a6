/**
 * A process that appends to the bus's log of a data folder for ever and prints the end of the log after each append
 * that was acknowledged. A test kills it.
 */
import { silentLog } from '#contracts/log.ts';
import { openPglite } from '../pglite.ts';
import { createStore } from '../store.ts';

const store = createStore(await openPglite({ dataDir: process.argv[2] as string, log: silentLog }));
let offset = (await store.busLog.ends())[0]?.nextOffset ?? 0;
console.log(offset);
for (;;) {
  const messages = Array.from({ length: 1 + (offset % 5) }, (_, i) => ({ key: 'k', value: offset + i }));
  await store.busLog.append([{ topic: 't', partition: 0, baseOffset: offset, messages }]);
  offset += messages.length;
  console.log(offset);
}
