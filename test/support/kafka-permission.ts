/**
 * Lets a user into groups of a Kafka that asks for permissions; from then on nobody else may be in them who is not among
 * its masters. One request in Kafka's own protocol (CreateAcls, version 1), for our client has none for it.
 */
import { createConnection } from 'node:net';

const CREATE_ACLS = 30;
const GROUP = 3;
const PREFIXED = 4;
const READ = 3;
const ALLOW = 3;

const text = (words: string): Buffer => {
  const bytes = Buffer.from(words);
  const size = Buffer.alloc(2);
  size.writeInt16BE(bytes.length);
  return Buffer.concat([size, bytes]);
};

/** `port` is one where whoever asks is a master. */
export async function permitGroups(port: number, prefix: string, user: string): Promise<void> {
  const head = Buffer.from([0, CREATE_ACLS, 0, 1, 0, 0, 0, 1]);
  const one = [
    Buffer.from([0, 0, 0, 1, GROUP]),
    text(prefix),
    Buffer.from([PREFIXED]),
    text(`User:${user}`),
    text('*'),
  ];
  const request = Buffer.concat([head, text('test'), ...one, Buffer.from([READ, ALLOW])]);
  const size = Buffer.alloc(4);
  size.writeInt32BE(request.length);
  const socket = createConnection(port, '127.0.0.1', () => socket.write(Buffer.concat([size, request])));
  const answer = await new Promise<Buffer>((resolve, reject) => socket.once('data', resolve).once('error', reject));
  socket.destroy();
  // Size, number of the request, time held back, count, and the one's error.
  const error = answer.readInt16BE(16);
  if (error !== 0) throw new Error(`Kafka answered ${error}`);
}
