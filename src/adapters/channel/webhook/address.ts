/**
 * Which addresses a webhook may reach. A user of a shared server could otherwise make it speak to what only it can
 * reach: its own loopback, the private network, a cloud's metadata service.
 *
 * The check is made on the address that is then connected to, so a name that resolves differently the second time
 * (DNS rebinding) gains nothing; and a name is refused where any of its addresses is.
 */
import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Public by its number, yet answers only inside Azure: its machines' agent and DHCP. */
const INSIDE_CLOUDS: ReadonlySet<string> = new Set(['168.63.129.16']);
/** IPv6 that is given out for the Internet; all else (unique local, link-local, v4-compatible …) stays inside. */
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3');

export class UnsafeAddress extends Error {
  constructor(host: string) {
    super(`${host} is in a private network, which webhooks may not reach here`);
    this.name = 'UnsafeAddress';
  }
}

export type Resolve = (host: string) => Promise<readonly LookupAddress[]>;

export const systemResolve: Resolve = (host) => lookup(host, { all: true, verbatim: true });

/** True where the address is on the public Internet, seen through the ways an IPv4 one is written as IPv6. */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.process(text);
  if (address instanceof ipaddr.IPv6) {
    // NAT64 (64:ff9b::/96): the network turns it into the IPv4 address of its last four bytes.
    if (address.range() === 'rfc6052' && address.parts.slice(2, 6).every((part) => part === 0))
      return isPublicAddress(address.toByteArray().slice(12).join('.'));
    return address.range() === 'unicast' && address.match(GLOBAL_IPV6);
  }
  return address.range() === 'unicast' && !INSIDE_CLOUDS.has(address.toString());
}

/** Throws {@link UnsafeAddress} where the URL's host is an address that is not public. Names are judged at connecting. */
export function checkLiteral(url: URL): void {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (ipaddr.isValid(host) && !isPublicAddress(host)) throw new UnsafeAddress(host);
}

/** What a socket asks for the addresses of a name: only checked ones are given. */
export function publicLookup(resolve: Resolve): LookupFunction {
  return (host, options, done) => {
    resolve(host).then(
      (addresses) => {
        const [first] = addresses;
        if (!first) return done(new Error(`${host} has no address`), '');
        if (!addresses.every(({ address }) => isPublicAddress(address))) return done(new UnsafeAddress(host), '');
        if (options.all) done(null, [...addresses]);
        else done(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => done(error, ''),
    );
  };
}
