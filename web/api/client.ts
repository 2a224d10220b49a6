/**
 * Requests to the program's own API. An answer is the JSON asked for or an {@link ApiProblem} that says what happened in
 * words a person can act on; never an empty result in place of a failure.
 */
import type { Problem } from '#api/contract/problem.ts';

export class ApiProblem extends Error {
  readonly problem: Problem | null;
  readonly status: number;

  constructor(status: number, message: string, problem: Problem | null) {
    super(message);
    this.name = 'ApiProblem';
    this.status = status;
    this.problem = problem;
  }

  /** The mistake in one field of the body, if the server named it. */
  field(name: string): NonNullable<Problem['errors']>[number] | undefined {
    return this.problem?.errors?.find(({ field }) => field === `/${name}` || field === name);
  }

  /** Worth asking again without a change. */
  get passing(): boolean {
    return this.status === 0 || this.status >= 500 || this.status === 429;
  }
}

/** The message of the first field that is wrong, or the problem's own words. */
export function problemText(error: unknown): string {
  if (error instanceof ApiProblem && error.problem) {
    const [first] = error.problem.errors ?? [];
    return first ? `${first.message}` : error.problem.detail || error.problem.title;
  }
  return error instanceof Error ? error.message : 'Something went wrong.';
}

const UNREACHABLE = 'The server cannot be reached. Is it running? The page goes on trying.';

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';
interface More {
  readonly idempotencyKey?: string;
  readonly signal?: AbortSignal;
}

export async function request<T>(method: Method, path: string, body?: unknown, more: More = {}): Promise<T> {
  const response = await send(method, path, body, more);
  if (!response.ok) throw await problemOf(response);
  return (isJson(response) ? await response.json() : undefined) as T;
}

/** The lines of an NDJSON answer, as they come. Leaving the loop ends the request. */
export async function* requestLines<T>(path: string, body: unknown, signal: AbortSignal): AsyncGenerator<T> {
  const response = await send('POST', path, body, { signal });
  if (!response.ok || response.body === null) throw await problemOf(response);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      const lines = (rest + part.value).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) yield JSON.parse(line) as T;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

async function send(method: Method, path: string, body: unknown, more: More): Promise<Response> {
  try {
    return await fetch(`/api/v1${path}`, {
      method,
      credentials: 'same-origin',
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(more.idempotencyKey ? { 'idempotency-key': more.idempotencyKey } : {}),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(more.signal ? { signal: more.signal } : {}),
    });
  } catch (error) {
    if (more.signal?.aborted) throw error;
    throw new ApiProblem(0, UNREACHABLE, null);
  }
}

function isJson(response: Response): boolean {
  return /\bjson\b/.test(response.headers.get('content-type') ?? '');
}

async function problemOf(response: Response): Promise<ApiProblem> {
  const problem = isJson(response) ? ((await response.json()) as Problem) : null;
  return new ApiProblem(response.status, problem?.detail || `The server answered ${response.status}.`, problem);
}
