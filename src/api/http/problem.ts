/**
 * Whatever went wrong, as problem+json. A Failure says itself what it is; what Fastify and the schemas refuse becomes
 * one; anything else is a bug of ours: logged in full, told in general.
 */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import type { Log } from '#contracts/log.ts';
import { Failure, type FailureCode, type FailureKind, type FieldProblem } from '#errors.ts';
import type { Problem } from '../contract/problem.ts';

const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';
/** More mistakes than this in one request help nobody. */
const MAX_FIELD_PROBLEMS = 50;

const BY_STATUS: Readonly<Record<number, FailureCode>> = {
  400: 'bad-request',
  401: 'not-signed-in',
  403: 'not-allowed',
  404: 'not-found',
  405: 'method-not-allowed',
  413: 'too-large',
  414: 'bad-request',
  415: 'unsupported-media-type',
  429: 'rate-limited',
  503: 'overloaded',
};

function fieldProblems(error: FastifyError): FieldProblem[] {
  const where = error.validationContext ?? 'body';
  return (error.validation ?? []).slice(0, MAX_FIELD_PROBLEMS).map(({ instancePath, message }) => ({
    field: where === 'body' ? instancePath : instancePath.replace(/^\//, ''),
    message: message ?? 'is not as described',
  }));
}

/** The Failure that `error` is, or undefined for a bug. */
export function failureOf(error: unknown, maxBodyBytes: number): Failure | undefined {
  if (error instanceof Failure) return error;
  if (!(error instanceof Error)) return undefined;
  if (hasZodFastifySchemaValidationErrors(error)) {
    const errors = fieldProblems(error as FastifyError);
    const detail = errors.map(({ field, message }) => `${field || '/'}: ${message}`).join('; ');
    return new Failure('bad-request', detail.slice(0, 1000), { errors });
  }
  const { statusCode = 500 } = error as FastifyError;
  const code = BY_STATUS[statusCode];
  if (code === undefined) return undefined;
  if (code === 'too-large') return new Failure(code, `A body may have ${maxBodyBytes} bytes (MAX_BODY_BYTES).`);
  return new Failure(code, error.message);
}

export function problemOf(failure: Failure, instance: string): Problem {
  const { status, title, retry, advice }: FailureKind = failure.kind;
  return {
    type: `/docs/errors#${failure.code}`,
    title,
    status,
    detail: failure.message,
    instance,
    code: failure.code,
    retry,
    advice,
    ...(failure.errors.length > 0 ? { errors: failure.errors as Problem['errors'] } : {}),
  };
}

/** Seconds for `Retry-After` where trying again later makes sense. */
const DEFAULT_RETRY_SECONDS = 1;

export function sendFailure(reply: FastifyReply, failure: Failure, instance: string): FastifyReply {
  if (failure.kind.retry === 'later')
    reply.header('retry-after', Math.ceil((failure.retryAfterMs ?? DEFAULT_RETRY_SECONDS * 1000) / 1000));
  if (failure.code === 'not-signed-in') reply.header('www-authenticate', 'Bearer');
  return reply
    .code(failure.kind.status)
    .header('content-type', PROBLEM_TYPE)
    .header('cache-control', 'no-store')
    .serializer((body: unknown) => JSON.stringify(body))
    .send(problemOf(failure, instance));
}

export function errorHandler(log: Log, maxBodyBytes: number) {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const failure = failureOf(error, maxBodyBytes);
    if (failure !== undefined && failure.code !== 'internal') {
      if (failure.kind.status >= 500)
        log.warn({ request: request.id, code: failure.code, detail: failure.message }, 'request failed');
      return sendFailure(reply, failure, request.id);
    }
    log.error({ request: request.id, method: request.method, path: request.routeOptions.url, err: error }, 'bug');
    return sendFailure(reply, new Failure('internal', 'Something went wrong on our side.'), request.id);
  };
}
