import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { clientAddress, trustIn } from './address.ts';

const asked = (remoteAddress: string, forwarded?: string): IncomingMessage =>
  ({ socket: { remoteAddress }, headers: { 'x-forwarded-for': forwarded } }) as unknown as IncomingMessage;

test('a client is who is at the far end, and only a trusted proxy may say otherwise', () => {
  const nobody = trustIn([]);
  const ours = trustIn(['10.0.0.0/8', '127.0.0.1', 'fd00::/8']);
  assert.equal(clientAddress(asked('1.2.3.4', '9.9.9.9'), nobody), '1.2.3.4');
  assert.equal(clientAddress(asked('1.2.3.4', '9.9.9.9'), ours), '1.2.3.4');
  assert.equal(clientAddress(asked('10.1.2.3', '9.9.9.9'), ours), '9.9.9.9');
  assert.equal(clientAddress(asked('fd00::7', '2001:db8::1'), ours), '2001:db8::1');
  assert.equal(clientAddress(asked('::ffff:127.0.0.1', '9.9.9.9'), ours), '9.9.9.9');
});

test('what a client claims before the first proxy of ours is not believed', () => {
  const ours = trustIn(['10.0.0.0/8']);
  assert.equal(clientAddress(asked('10.0.0.1', '8.8.8.8, 5.5.5.5, 10.0.0.2'), ours), '5.5.5.5');
  assert.equal(clientAddress(asked('10.0.0.1', 'nonsense'), ours), '10.0.0.1');
  assert.equal(clientAddress(asked('10.0.0.1'), ours), '10.0.0.1');
});
