import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAddress } from './address.ts';

test('brokers, with the port that is usual', () => {
  const { settings, prefix } = readAddress('kafka://one,two:9093,[::1]:9094');
  assert.equal(settings['bootstrap.servers'], 'one:9092,two:9093,[::1]:9094');
  assert.equal(settings['security.protocol'], 'plaintext');
  assert.equal(prefix, '');
});

test('user, password, mechanism, certificates and prefix', () => {
  const { settings, prefix } = readAddress(
    'kafkas://to%40csin:p%3A%2Fw:x@one?sasl=scram-sha-256&ca=/ca.pem&cert=/c.pem&key=/k.pem&prefix=mine.',
  );
  assert.deepEqual(
    [settings['sasl.mechanism'], settings['sasl.username'], settings['sasl.password'], settings['security.protocol']],
    ['SCRAM-SHA-256', 'to@csin', 'p:/w:x', 'sasl_ssl'],
  );
  assert.deepEqual(
    [settings['ssl.ca.location'], settings['ssl.certificate.location'], settings['ssl.key.location'], prefix],
    ['/ca.pem', '/c.pem', '/k.pem', 'mine.'],
  );
  assert.equal(readAddress('kafka://u:p@one').settings['sasl.mechanism'], 'SCRAM-SHA-512');
});

for (const [url, why] of [
  ['kafka://', /is kafka:\/\/user/],
  ['kafka://one:x', /host:port/],
  ['kafka://secret:hidden@one?sasl=magic', /sasl is one of/],
  ['kafka://one?sasl=plain', /needs a user/],
  ['kafka://one?ca=/x', /is for kafkas/],
  ['kafka://one?acks=0', /has no option acks/],
  ['kafka://one?prefix=a b', /prefix is letters/],
  ['kafka://u:%E0%A4%A@one', /percent-encoded/],
] as const)
  test(`${url.replace('hidden', '…')} is refused, and nothing of its password is said`, () => {
    assert.throws(
      () => readAddress(url),
      (error: Error) => why.test(error.message) && !error.message.includes('hidden'),
    );
  });
