/**
 * `/openapi.json` and `/docs`: the API's description, and a page that shows it. All of it comes from this program; the
 * page's own inline scripts are let through by their hashes.
 */
import { createHash } from 'node:crypto';
import scalar from '@scalar/fastify-api-reference';
import type { FastifyInstance } from 'fastify';
import { FAILURES } from '#errors.ts';
import { CONTENT_SECURITY_POLICY } from '../http/headers.ts';

export async function addReference(app: FastifyInstance): Promise<void> {
  app.get('/openapi.json', { schema: { hide: true } }, async (_request, reply) =>
    reply.header('access-control-allow-origin', '*').send(app.swagger()),
  );
  app.get('/docs/errors', { schema: { hide: true } }, async (_request, reply) =>
    reply.header('content-type', 'text/html; charset=utf-8').send(errorsPage()),
  );
  await app.register(async (docs) => {
    docs.addHook('onSend', async (_request, reply, payload) => {
      if (String(reply.getHeader('content-type')).startsWith('text/html') && typeof payload === 'string')
        reply.header('content-security-policy', withScripts(payload));
      return payload;
    });
    await docs.register(scalar, {
      routePrefix: '/docs',
      configuration: {
        url: '/openapi.json',
        title: 'Tocsin API',
        theme: 'default',
        withDefaultFonts: false,
        telemetry: false,
        hideClientButton: true,
        agent: { disabled: true },
        mcp: { disabled: true },
        showDeveloperTools: 'never',
      },
    });
  });
}

/** Our policy with the inline scripts of this page, each by its hash. */
function withScripts(html: string): string {
  const inline = [...html.matchAll(/<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/g)];
  const hashes = inline.map(
    ([, script]) =>
      `'sha256-${createHash('sha256')
        .update(script as string)
        .digest('base64')}'`,
  );
  return CONTENT_SECURITY_POLICY.replace("script-src 'self'", ["script-src 'self'", ...hashes].join(' '));
}

/** What the `type` of a problem points at. */
function errorsPage(): string {
  const parts = Object.entries(FAILURES).map(
    ([code, { status, title, advice }]) => `<h2 id="${code}">${status} ${code}</h2><p>${title}. ${advice}</p>`,
  );
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Errors of the Tocsin API</title><style>body{font:16px/1.5 system-ui;max-width:42rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}</style>
<h1>Errors</h1>${parts.join('\n')}</html>`;
}
