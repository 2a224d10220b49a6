import { createServer } from 'node:http';
import { WebSocket, WebSocketServer } from 'ws';
import { serve } from './feed.mjs';

const server = createServer();
const sockets = new WebSocketServer({ server });
serve(server, (price) => {
  const text = JSON.stringify({ event: 'price', data: price });
  for (const client of sockets.clients) if (client.readyState === WebSocket.OPEN) client.send(text);
});
