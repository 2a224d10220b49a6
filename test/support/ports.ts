/**
 * Ports for those who must be told where to listen, or listen there again. One that is merely free at the moment can be
 * taken before its server has come to it: by a server of another test, or by any connection that goes out. These stand
 * outside the range from which the system gives out ports by itself, and are in pairs: at the odd one we listen as long as
 * we live, so that no other process that asks here takes the even one.
 */
import { createServer, type Server } from 'node:net';

const FIRST = 10_000;
/** Linux gives out those from 32,768 on, others begin higher. */
const LAST = 32_766;

/** Null where somebody listens there. */
function listen(port: number): Promise<Server | null> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(null)).listen(port, '127.0.0.1', () => resolve(server));
  });
}

export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + 2 * Math.floor((Math.random() * (LAST - FIRST)) / 2);
    const claim = await listen(port + 1);
    if (!claim) continue;
    const trial = await listen(port);
    if (trial) {
      claim.unref();
      await new Promise((closed) => trial.close(closed));
      return port;
    }
    await new Promise((closed) => claim.close(closed));
  }
}

/** So many, all different. */
export async function freePorts(count: number): Promise<number[]> {
  return Promise.all(Array.from({ length: count }, freePort));
}
