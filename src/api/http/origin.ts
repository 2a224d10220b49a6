/**
 * Whether a browser was led here by another site. Browsers say where a request comes from (`Sec-Fetch-Site`, `Origin`);
 * whoever says nothing is no browser and has no cookies to be misused.
 */
import type { IncomingHttpHeaders } from 'node:http';

export function isForeign(headers: IncomingHttpHeaders, publicUrl: string): boolean {
  const site = headers['sec-fetch-site'];
  if (site === 'same-origin' || site === 'none') return false;
  const origin = headers.origin;
  if (origin === undefined) return site !== undefined;
  if (!URL.canParse(origin)) return true;
  const { host } = new URL(origin);
  const here = [headers.host, publicUrl === '' ? undefined : new URL(publicUrl).host];
  return !here.includes(host);
}
