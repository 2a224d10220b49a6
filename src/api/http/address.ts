/**
 * Where a request really comes from: the far end of the connection, or what a proxy that we trust says of it.
 */
import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

export type Trust = (address: string) => boolean;

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4');

/** Whether an address is one of these addresses and networks (`10.0.0.0/8`). */
export function trustIn(proxies: readonly string[]): Trust {
  if (proxies.length === 0) return () => false;
  const list = new BlockList();
  for (const proxy of proxies) {
    const [address = '', bits] = proxy.split('/');
    if (bits === undefined) list.addAddress(address, familyOf(address));
    else list.addSubnet(address, Number(bits), familyOf(address));
  }
  return (address) => isIP(address) !== 0 && list.check(address, familyOf(address));
}

/** Each proxy adds at the end who asked it: the last one that is no proxy of ours is the client. */
export function clientAddress({ socket, headers }: IncomingMessage, isTrusted: Trust): string {
  const near = socket.remoteAddress ?? 'unknown';
  if (!isTrusted(near)) return near;
  const chain = String(headers['x-forwarded-for'] ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => isIP(part) !== 0);
  return chain.findLast((address) => !isTrusted(address)) ?? near;
}
