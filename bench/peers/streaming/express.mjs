import { createServer } from 'node:http';
import express from 'express';
import { serve } from './feed.mjs';

const app = express();
const clients = new Set();
app.get('/stream', (request, response) => {
  response.set({ 'content-type': 'text/event-stream', 'cache-control': 'no-cache', connection: 'keep-alive' });
  response.flushHeaders();
  clients.add(response);
  request.on('close', () => clients.delete(response));
});
serve(createServer(app), (price) => {
  const text = `event: price\ndata: ${JSON.stringify(price)}\n\n`;
  for (const client of clients) client.write(text);
});
