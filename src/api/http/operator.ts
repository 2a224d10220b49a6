/**
 * Whether a request is the operator's.
 */
import { timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';

function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

export function isOperator(request: FastifyRequest, operatorKey: string): boolean {
  const key = request.headers['x-operator-key'];
  return operatorKey !== '' && typeof key === 'string' && sameText(key, operatorKey);
}

/** From this machine itself, not through a proxy on it. */
export function isLocal(request: FastifyRequest): boolean {
  if (request.headers['x-forwarded-for'] !== undefined || request.headers['forwarded'] !== undefined) return false;
  return ['127.0.0.1', '::1', '::ffff:127.0.0.1'].includes(request.ip);
}
