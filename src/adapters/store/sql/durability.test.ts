import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, type TestContext, test } from 'node:test';
import { silentLog } from '#contracts/log.ts';
import type { Store } from '#contracts/store/store.ts';
import { Failure } from '#errors.ts';
import { openPglite } from './pglite.ts';
import { createStore } from './store.ts';

const KILLS = 3;
const WATCHED = import.meta.resolve('./testing/watched-sync.ts');

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

async function assertRefused(calls: readonly Promise<unknown>[], message = /./): Promise<void> {
  for (const one of await Promise.allSettled(calls)) {
    assert.ok(one.status === 'rejected' && one.reason instanceof Failure && one.reason.code === 'store-unavailable');
    assert.match(one.reason.message, message);
  }
}

const offsetsIn = async (store: Store): Promise<readonly number[]> =>
  (await store.busLog.read('t', 0, 0, 100)).map(({ baseOffset }) => baseOffset);

const append = (store: Store, offset: number): Promise<void> =>
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
  const synced = join(folder, 'synced');
  const store = createStore(await openPglite({ dataDir: folder, log: silentLog, syncFrom: WATCHED }));
  for (let offset = 0; offset < 5; offset++) {
    rmSync(synced, { force: true });
    await append(store, offset);
    assert.match(existsSync(synced) ? readFileSync(synced, 'utf8') : 'nothing', /pglite\/pg_wal\//);
  }
  await store.close();
});

test('a disk that refuses to write fails each call while it does, loses nothing, and all goes on after', async (t) => {
  const folder = freshFolder(t);
  const store = createStore(await openPglite({ dataDir: folder, log: silentLog, syncFrom: WATCHED }));
  await append(store, 0);
  writeFileSync(join(folder, 'full'), '');
  await assertRefused([append(store, 1), append(store, 2), store.ping()]);
  await assertRefused([append(store, 3)]);
  rmSync(join(folder, 'full'));
  await append(store, 10);
  await store.ping();
  const offsets = await offsetsIn(store);
  assert.equal(offsets[0], 0);
  assert.equal(offsets.at(-1), 10);
  await store.close();
});

test('when its thread dies whoever waits is told, and the next query opens the files anew', async (t) => {
  const folder = freshFolder(t);
  const said: string[] = [];
  const log = { ...silentLog, error: (about: object) => said.push(JSON.stringify(about)) };
  const store = createStore(await openPglite({ dataDir: folder, log, syncFrom: WATCHED }));
  await append(store, 0);
  writeFileSync(join(folder, 'die'), '');
  await assertRefused([append(store, 1), store.ping()], /its thread ended with code 7/);
  assert.match(said[0] ?? 'nothing', /its thread ended with code 7/);
  rmSync(join(folder, 'die'));
  await append(store, 2);
  assert.deepEqual(
    (await offsetsIn(store)).filter((offset) => offset !== 1),
    [0, 2],
  );
  await store.close();
});

test('errors come through the thread as the database gave them, and large values whole', async (t) => {
  const { pool, close } = await openPglite({ dataDir: freshFolder(t), log: silentLog });
  await assert.rejects(pool.query('select * from nowhere'), { code: '42P01', message: /nowhere/ });
  await assert.rejects(pool.query("insert into symbols (symbol) values ('A'), ('A')"), { code: '23505' });
  const text = 'é😀'.repeat(500_000);
  const { rows } = await pool.query('select $1::text as text, n from generate_series(1, 3) as s (n)', [text]);
  assert.deepEqual(
    rows.map((row) => [row.text === text, row.n]),
    [
      [true, 1],
      [true, 2],
      [true, 3],
    ],
  );
  await close();
});
