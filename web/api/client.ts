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

export async function request<T>(
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  path: string,
  body?: unknown,
  more: { readonly idempotencyKey?: string; readonly signal?: AbortSignal } = {},
): Promise<T> {
  let response: Response;
  try {
    response = await fetch(`/api/v1${path}`, {
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
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  const answer: unknown = isJson ? await response.json() : undefined;
  if (response.ok) return answer as T;
  const problem = isJson ? (answer as Problem) : null;
  throw new ApiProblem(response.status, problem?.detail || `The server answered ${response.status}.`, problem);
}
