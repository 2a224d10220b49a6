/**
 * What is answered where no route is: 405 for a known address with another method, the page for a person's browser, else
 * 404. Keeps the table of all routes, which tests walk.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Failure } from '#errors.ts';
import { sendFailure } from './problem.ts';

export interface RouteEntry {
  readonly method: string;
  /** As Fastify has it: `/api/v1/alerts/:id`. */
  readonly url: string;
}

/** The routes as they are added. Call before the first of them. */
export function keepRouteTable(app: FastifyInstance): readonly RouteEntry[] {
  const table: RouteEntry[] = [];
  app.addHook('onRoute', ({ method, url }) => {
    for (const each of Array.isArray(method) ? method : [method]) table.push({ method: each, url });
  });
  return table;
}

export function addUnknownRoute(
  app: FastifyInstance,
  table: readonly RouteEntry[],
  sendPage: ((reply: FastifyReply) => FastifyReply) | null,
): void {
  let patterns: { readonly pattern: RegExp; readonly method: string }[] | undefined;
  const methodsAt = (path: string): string[] => {
    patterns ??= table
      .filter(({ url }) => !url.includes('*'))
      .map(({ method, url }) => ({ method, pattern: patternOf(url) }));
    // A plain address goes before one with a name in it, as it does in the router.
    const plain = table.filter(({ url }) => url === path);
    if (plain.length > 0) return plain.map(({ method }) => method);
    return patterns.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method);
  };
  const answer = (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const path = request.url.split('?')[0] as string;
    const methods = methodsAt(path);
    if (methods.length > 0 && !methods.includes(request.method)) {
      const allow = [...new Set(methods)].sort().join(', ');
      reply.header('allow', allow);
      const detail = `${path} does not answer to ${request.method}, but to ${allow}.`;
      return sendFailure(reply, new Failure('method-not-allowed', detail), request.id);
    }
    if (sendPage !== null && isPageVisit(request, path)) return sendPage(reply);
    return sendFailure(reply, new Failure('not-found', `There is nothing at ${path}.`), request.id);
  };
  app.setNotFoundHandler(answer);
  // Before the body is read: what is wrong with it does not matter where nobody wants it.
  app.addHook('onRequest', async (request, reply) => (request.is404 ? answer(request, reply) : undefined));
}

function patternOf(url: string): RegExp {
  const parts = url
    .split('/')
    .map((part) => (part.startsWith(':') ? '[^/]+' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')));
  return new RegExp(`^${parts.join('/')}$`);
}

/** Where files lie: beside the page and in its folder of assets. Below other paths a dot is part of a name (`BRK.B`). */
const FILE = /^\/assets\/|^\/[^/]*\.[a-z0-9]+$/i;

/** A browser that goes to an address of the page, which the page itself will understand. */
function isPageVisit({ method, headers }: FastifyRequest, path: string): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false;
  if (path.startsWith('/api/') || FILE.test(path)) return false;
  return (headers.accept ?? '').includes('text/html');
}
