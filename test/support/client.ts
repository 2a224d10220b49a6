/**
 * A small API client for tests: one user with a cookie jar or an API key, and a reader of Server-Sent Events.
 */
export interface Answer<T = unknown> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

export interface StreamEvent {
  readonly event: string;
  readonly id: string;
  readonly data: unknown;
}

export class Client {
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly cookies = new Map<string, string>();

  constructor(url: string, headers: Readonly<Record<string, string>> = {}) {
    this.url = url;
    this.headers = { ...headers };
  }

  private requestHeaders(more: Readonly<Record<string, string>>): Record<string, string> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    return { origin: this.url, ...(cookie ? { cookie } : {}), ...this.headers, ...more };
  }

  private keepCookies(headers: Headers): void {
    for (const line of headers.getSetCookie()) {
      const [pair] = line.split(';');
      const [name, ...value] = (pair as string).split('=');
      this.cookies.set(name as string, value.join('='));
    }
  }

  // biome-ignore lint/suspicious/noExplicitAny: a test reads any shape, the assertions check it
  async request<T = any>(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer<T>> {
    const response = await fetch(this.url + path, {
      method,
      redirect: 'manual',
      headers: this.requestHeaders({
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      }),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    this.keepCookies(response.headers);
    const text = await response.text();
    const isJson = /\bjson\b/.test(response.headers.get('content-type') ?? '');
    return { status: response.status, headers: response.headers, body: (isJson ? JSON.parse(text) : text) as T };
  }

  /** Like `request`, but any answer other than 2xx is an error that shows it. */
  // biome-ignore lint/suspicious/noExplicitAny: see request
  async ok<T = any>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.request<T>(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /** All items of a list, page by page. */
  // biome-ignore lint/suspicious/noExplicitAny: see request
  async all<T = any>(path: string): Promise<T[]> {
    const items: T[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: { items: T[]; nextCursor: string | null } = await this.ok(
        'GET',
        `${path}${path.includes('?') ? '&' : '?'}limit=200${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`,
      );
      items.push(...page.items);
      cursor = page.nextCursor;
    }
    return items;
  }

  /** Events of the stream until the loop is left, or the signal says so while nothing comes. */
  async *stream(
    path: string,
    headers: Readonly<Record<string, string>> = {},
    signal?: AbortSignal,
  ): AsyncGenerator<StreamEvent> {
    const abort = new AbortController();
    signal?.addEventListener('abort', () => abort.abort());
    const response = await fetch(this.url + path, {
      headers: this.requestHeaders({ accept: 'text/event-stream', ...headers }),
      signal: abort.signal,
    });
    this.keepCookies(response.headers);
    if (response.status !== 200 || !response.body)
      throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
    try {
      let rest = '';
      for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
        const frames = (rest + chunk).split('\n\n');
        rest = frames.pop() as string;
        for (const frame of frames) {
          const field = (name: string): string =>
            frame
              .split('\n')
              .filter((line) => line.startsWith(`${name}: `))
              .map((line) => line.slice(name.length + 2))
              .join('\n');
          if (field('data'))
            yield { event: field('event') || 'message', id: field('id'), data: JSON.parse(field('data')) };
        }
      }
    } finally {
      abort.abort();
    }
  }
}

/** Asks again until the answer is given; fails with what it last saw. */
export async function eventually<T>(
  ask: () => Promise<T | undefined | false | null>,
  what: string,
  timeoutMs = 60_000,
): Promise<T> {
  const end = performance.now() + timeoutMs;
  let last: unknown;
  while (performance.now() < end) {
    const answer = await ask();
    if (answer) return answer;
    last = answer;
    await new Promise((again) => setTimeout(again, 20));
  }
  throw new Error(`not in ${timeoutMs} ms: ${what} (last: ${JSON.stringify(last)})`);
}
