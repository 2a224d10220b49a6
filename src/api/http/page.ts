/**
 * The built page: files with a hash in their name are kept by browsers for good, everything else is asked for anew.
 */
import { sep } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';

const FOR_GOOD = 'public, max-age=31536000, immutable';

/** The way to send the page for any address of its own. */
export async function addPage(app: FastifyInstance, folder: string): Promise<(reply: FastifyReply) => FastifyReply> {
  await app.register(fastifyStatic, {
    root: folder,
    prefix: '/',
    dotfiles: 'ignore',
    cacheControl: false,
    setHeaders: (reply, path) => {
      reply.header('cache-control', path.includes(`${sep}assets${sep}`) ? FOR_GOOD : 'no-cache');
    },
  });
  return (reply) => reply.sendFile('index.html');
}
