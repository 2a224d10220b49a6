import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { lineTo, writeDirectly } from './direct-write.ts';

async function pair(t: TestContext): Promise<{ readonly near: Socket; readonly far: Socket }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const far = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [near] = (await once(server, 'connection')) as [Socket];
  near.on('error', () => {});
  t.after(() => {
    near.destroy();
    far.destroy();
    server.close();
  });
  return { near, far };
}

test('what the system does not take at once comes all the same, whole and in order', async (t) => {
  const { near, far } = await pair(t);
  const line = lineTo(near);
  let sent = 0;
  for (; near.writableLength === 0; sent += 1) writeDirectly(line, Buffer.alloc(10_000, sent % 251));
  const parts: Buffer[] = [];
  for (let length = 0; length < sent * 10_000; ) {
    const [part] = (await once(far, 'data')) as [Buffer];
    parts.push(part);
    length += part.length;
  }
  const heard = Buffer.concat(parts);
  assert.equal(heard.length, sent * 10_000);
  for (let n = 0; n < sent; n += 1)
    assert.ok(heard.subarray(n * 10_000, (n + 1) * 10_000).every((byte) => byte === n % 251));
});

test('a connection that was closed is not written to, and one that the far end has cut is found out', async (t) => {
  const { near, far } = await pair(t);
  const handle = (near as Socket & { _handle: { fd: number } | null })._handle;
  const fd = handle?.fd as number;
  assert.ok(fd > 0);
  const line = lineTo(near);
  assert.equal(line.fd, fd);
  near.destroy();
  assert.equal((near as Socket & { _handle: unknown })._handle, null);
  assert.equal(handle?.fd, -1);
  writeDirectly(line, Buffer.from('lost'));
  far.resume();
  await once(far, 'close');
  assert.equal(far.bytesRead, 0);
  // The next connection has the same number.
  const next = await pair(t);
  while (lineTo(next.near).fd !== fd && lineTo(next.far).fd !== fd) Object.assign(next, await pair(t));
  const other = lineTo(next.near).fd === fd ? next.far : next.near;
  writeDirectly(line, Buffer.from('lost'));
  (other === next.far ? next.near : next.far).write('meant');
  assert.equal(String((await once(other, 'data'))[0]), 'meant');
  const cut = await pair(t);
  const cutLine = lineTo(cut.near);
  cut.far.resetAndDestroy();
  const closed = new Promise((end) => cut.near.once('close', end));
  while (!cut.near.destroyed) {
    writeDirectly(cutLine, Buffer.from('x'));
    await new Promise((next) => setImmediate(next));
  }
  await closed;
});

test('a stream that is no socket is written to as a stream', () => {
  const stream = new PassThrough();
  writeDirectly(lineTo(stream), Buffer.from('text'));
  assert.equal(String(stream.read()), 'text');
});
