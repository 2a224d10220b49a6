import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkLiteral, isPublicAddress, publicLookup, UnsafeAddress } from './address.ts';

test('loopback, private, link-local, metadata and every other way to write them are not public', () => {
  for (const address of [
    '127.0.0.1',
    '0.0.0.0',
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '100.100.100.200',
    '192.0.0.192',
    '168.63.129.16',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:a00:1',
    '::7f00:1',
    '64:ff9b::7f00:1',
    '64:ff9b::169.254.169.254',
    '64:ff9b:1::808:808',
    '2002:7f00:1::',
    '2001::1',
    'fe80::1',
    'fe80::1%eth0',
    'fc00::1',
    'fd00:ec2::254',
    'fec0::1',
    'ff02::1',
    '2001:db8::1',
    'example.com',
    '',
  ])
    assert.equal(isPublicAddress(address), false, address);
  for (const address of ['8.8.8.8', '2606:4700::1111', '::ffff:8.8.8.8', '64:ff9b::808:808'])
    assert.equal(isPublicAddress(address), true, address);
});

test('IPv4 by a table of its own: what is public is in none of the reserved blocks', () => {
  const reserved: readonly (readonly [number, number])[] = [
    [0x00000000, 8],
    [0x0a000000, 8],
    [0x64400000, 10],
    [0x7f000000, 8],
    [0xa9fe0000, 16],
    [0xac100000, 12],
    [0xc0000000, 24],
    [0xc0000200, 24],
    [0xc0a80000, 16],
    [0xc6120000, 15],
    [0xc6336400, 24],
    [0xcb007100, 24],
    [0xe0000000, 3],
  ];
  const inBlock = (block: readonly [number, number]) =>
    fc.nat(2 ** (32 - block[1]) - 1).map((offset) => block[0] + offset);
  fc.assert(
    fc.property(fc.oneof(fc.nat(0xffffffff), ...reserved.map(inBlock)), (number) => {
      const text = [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.');
      const isReserved = reserved.some(([base, bits]) => number >= base && number < base + 2 ** (32 - bits));
      if (isReserved) assert.equal(isPublicAddress(text), false, text);
      assert.equal(isPublicAddress(text), isPublicAddress(`::ffff:${text}`), text);
    }),
    { numRuns: 1000 },
  );
});

test('an address written oddly in a URL is seen for what it is', () => {
  for (const url of ['http://2130706433/', 'http://0x7f.1/', 'http://[::1]/', 'http://①②⑦.0.0.1/', 'http://127.1/'])
    assert.throws(() => checkLiteral(new URL(url)), UnsafeAddress, url);
  checkLiteral(new URL('https://example.com/'));
  checkLiteral(new URL('https://8.8.8.8/'));
});

test('a name is refused where any of its addresses is private', async () => {
  const ask = (addresses: readonly string[], all: boolean) =>
    new Promise<unknown>((done, failed) => {
      const lookup = publicLookup(async () => addresses.map((address) => ({ address, family: 4 })));
      lookup('name.test', { all }, (error, found) => (error ? failed(error) : done(found)));
    });
  assert.deepEqual(await ask(['8.8.8.8'], true), [{ address: '8.8.8.8', family: 4 }]);
  assert.equal(await ask(['8.8.8.8'], false), '8.8.8.8');
  await assert.rejects(ask(['8.8.8.8', '10.0.0.1'], true), UnsafeAddress);
  await assert.rejects(ask(['127.0.0.1'], false), UnsafeAddress);
  await assert.rejects(ask([], true), /no address/);
});
