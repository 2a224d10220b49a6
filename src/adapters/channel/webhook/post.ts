/**
 * One POST to an address a user gave us: within a time, to public addresses only (unless allowed), through a few
 * redirects that keep the method, each checked anew, and reading no more of the answer than is kept.
 */
import { Agent, request } from 'undici';
import { checkLiteral, publicLookup, type Resolve } from './address.ts';

/** A moved receiver needs one or two; more is a loop. */
const MAX_REDIRECTS = 3;
/** Enough for any words worth keeping; the rest of a far end's page is not read. */
const MAX_ANSWER_BYTES = 8_192;

export interface PostAnswer {
  readonly status: number;
  /** The beginning of the answer. */
  readonly text: string;
  readonly retryAfter: string | null;
}

export interface Poster {
  post(url: URL, headers: Readonly<Record<string, string>>, body: string, signal: AbortSignal): Promise<PostAnswer>;
  close(): Promise<void>;
}

export class BadRedirect extends Error {
  readonly status: number;
  constructor(status: number, why: string) {
    super(why);
    this.name = 'BadRedirect';
    this.status = status;
  }
}

export function createPoster(allowPrivate: boolean, resolve: Resolve): Poster {
  // Pipelining 0: no connection is kept, so each send looks its address up and checks it.
  const agent = new Agent({ pipelining: 0, ...(allowPrivate ? {} : { connect: { lookup: publicLookup(resolve) } }) });
  return {
    async post(first, headers, body, signal) {
      for (let url = first, redirects = 0; ; redirects += 1) {
        // A socket does not look up what is an address already.
        if (!allowPrivate) checkLiteral(url);
        const answer = await request(url, { method: 'POST', headers, body, signal, dispatcher: agent });
        const header = (name: string): string | null => [answer.headers[name] ?? null].flat()[0] ?? null;
        const location = header('location');
        if ((answer.statusCode !== 307 && answer.statusCode !== 308) || location === null)
          return { status: answer.statusCode, text: await beginning(answer.body), retryAfter: header('retry-after') };
        answer.body.on('error', () => {}).destroy();
        url = redirect(url, location, answer.statusCode);
        if (redirects === MAX_REDIRECTS)
          throw new BadRedirect(answer.statusCode, `more than ${MAX_REDIRECTS} redirects`);
      }
    },
    close: () => agent.destroy(),
  };
}

function redirect(from: URL, location: string, status: number): URL {
  const to = URL.parse(location, from.href);
  if (!to || !/^https?:$/.test(to.protocol)) throw new BadRedirect(status, 'redirect to no http address');
  if (from.protocol === 'https:' && to.protocol === 'http:')
    throw new BadRedirect(status, 'redirect from https to http');
  return to;
}

async function beginning(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      length += chunk.length;
      if (length >= MAX_ANSWER_BYTES) break;
    }
  } catch {
    // The status has come and decides; a body that is cut or never ends only loses us words.
  }
  return new TextDecoder().decode(Buffer.concat(chunks).subarray(0, MAX_ANSWER_BYTES));
}
