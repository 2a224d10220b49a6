import { createServer } from 'node:http';
import { Server } from 'socket.io';
import { serve } from './feed.mjs';

const server = createServer();
const io = new Server(server, { transports: ['websocket'] });
serve(server, (price) => io.emit('price', price));
