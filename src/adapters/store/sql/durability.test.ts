import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, fsyncSync, mkdirSync, mkdtempSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, type TestContext, test } from 'node:test';
import { silentLog } from '#contracts/log.ts';
import { Failure } from '#errors.ts';
import { openPglite } from './pglite.ts';
import { createStore } from './store.ts';

const KILLS = 3;

/** A folder that was started once: making one takes seconds, copying it does not. */
const started = mkdtempSync(join(tmpdir(), 'tocsin-store-'));
before(async () => (await openPglite({ dataDir: started, log: silentLog })).close());
after(() => rmSync(started, { recursive: true, force: true }));

function emptyFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-store-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function freshFolder(t: TestContext): string {
  const folder = emptyFolder(t);
  cpSync(join(started, 'pglite'), join(folder, 'pglite'), { recursive: true });
  return folder;
}

const startWriter = (folder: string): ChildProcess =>
  spawn(process.execPath, [join(import.meta.dirname, 'testing/log-writer.ts'), folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });

/** Lets it acknowledge `count` appends, kills it with -9, and says how far it had come. */
async function killAfter(writer: ChildProcess, count: number): Promise<number> {
  let acknowledged = 0;
  let lines = 0;
  const exited = once(writer, 'exit');
  for await (const line of createInterface({ input: writer.stdout as NodeJS.ReadableStream })) {
    acknowledged = Number(line);
    lines += 1;
    if (lines > count) writer.kill('SIGKILL');
  }
  await exited;
  return acknowledged;
}

const append = (store: ReturnType<typeof createStore>, offset: number): Promise<void> =>
  store.busLog.append([{ topic: 't', partition: 0, baseOffset: offset, messages: [{ key: 'k', value: offset }] }]);

test('what was acknowledged is there after kill -9, again and again', async (t) => {
  const folder = freshFolder(t);
  for (let i = 0; i < KILLS; i++) {
    const acknowledged = await killAfter(startWriter(folder), 20 + i * 13);
    const store = createStore(await openPglite({ dataDir: folder, log: silentLog }));
    const rows = await store.busLog.read('t', 0, 0, 1_000_000);
    const values = rows.flatMap(({ messages }) => messages.map(({ value }) => value));
    assert.deepEqual(
      values,
      Array.from(values, (_, n) => n),
    );
    assert.ok(values.length >= acknowledged, `${values.length} of ${acknowledged}`);
    await store.close();
  }
});

test('a first start that was cut short is begun again', async (t) => {
  const folder = emptyFolder(t);
  mkdirSync(join(folder, 'pglite.new', 'base'), { recursive: true });
  writeFileSync(join(folder, 'pglite.new', 'PG_VERSION'), '18');
  const store = createStore(await openPglite({ dataDir: folder, log: silentLog }));
  await store.ping();
  await store.close();
});

test('a folder in use is refused with the name of its user, and free again when that one dies', async (t) => {
  const folder = freshFolder(t);
  const writer = startWriter(folder);
  await once(createInterface({ input: writer.stdout as NodeJS.ReadableStream }), 'line');
  await assert.rejects(
    openPglite({ dataDir: folder, log: silentLog }),
    (error) =>
      error instanceof Failure &&
      error.code === 'store-unavailable' &&
      error.message.includes(folder) &&
      error.message.includes(`process ${writer.pid}`),
  );
  const exited = once(writer, 'exit');
  writer.kill('SIGKILL');
  await exited;
  const database = await openPglite({ dataDir: folder, log: silentLog });
  await assert.rejects(openPglite({ dataDir: folder, log: silentLog }), { code: 'store-unavailable' });
  await database.close();
  await (await openPglite({ dataDir: folder, log: silentLog })).close();
});

test('a folder that cannot be made is a failure, not a crash', async (t) => {
  const folder = join(emptyFolder(t), 'file');
  writeFileSync(folder, '');
  await assert.rejects(openPglite({ dataDir: folder, log: silentLog }), { code: 'store-unavailable' });
});

test('each acknowledged write was synced to the log on disk', async (t) => {
  const folder = freshFolder(t);
  const synced: string[] = [];
  const sync = (fd: number): void => {
    synced.push(readlinkSync(`/proc/self/fd/${fd}`));
    fsyncSync(fd);
  };
  const store = createStore(await openPglite({ dataDir: folder, log: silentLog, sync }));
  for (let offset = 0; offset < 5; offset++) {
    synced.length = 0;
    await append(store, offset);
    assert.match(synced[0] ?? 'nothing', /pglite\/pg_wal\//);
  }
  await store.close();
});

test('a disk that refuses to write fails each call while it does, loses nothing, and all goes on after', async (t) => {
  const folder = freshFolder(t);
  let full = false;
  const sync = (fd: number): void => {
    if (full) throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    fsyncSync(fd);
  };
  const store = createStore(await openPglite({ dataDir: folder, log: silentLog, sync }));
  await append(store, 0);
  full = true;
  const refused = await Promise.allSettled([append(store, 1), append(store, 2), store.ping()]);
  for (const one of refused)
    assert.ok(one.status === 'rejected' && one.reason instanceof Failure && one.reason.code === 'store-unavailable');
  await assert.rejects(append(store, 3), { code: 'store-unavailable' });
  full = false;
  await append(store, 10);
  await store.ping();
  const offsets = (await store.busLog.read('t', 0, 0, 100)).map(({ baseOffset }) => baseOffset);
  assert.equal(offsets[0], 0);
  assert.equal(offsets.at(-1), 10);
  await store.close();
});
