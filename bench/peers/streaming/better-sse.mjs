import { createServer } from 'node:http';
import { createChannel, createSession } from 'better-sse';
import { serve } from './feed.mjs';

const channel = createChannel();
const server = createServer(async (request, response) => {
  channel.register(await createSession(request, response));
});
serve(server, (price) => channel.broadcast(price, 'price'));
