import fastify from 'fastify';
import { serve } from './feed.mjs';

const app = fastify();
const clients = new Set();
app.get('/stream', (request, reply) => {
  reply.hijack();
  reply.raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  reply.raw.flushHeaders();
  clients.add(reply.raw);
  request.raw.on('close', () => clients.delete(reply.raw));
});
await app.ready();
serve(app.server, (price) => {
  const text = `event: price\ndata: ${JSON.stringify(price)}\n\n`;
  for (const client of clients) client.write(text);
});
