/**
 * Who receives the webhooks: remembers every call by its idempotency key, and can let its answers get lost.
 */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Cleanup } from '../support/program.ts';

export interface Call {
  readonly cameAt: number;
  /** Our answer was cut off. */
  readonly isLost: boolean;
}

export interface FarEnd {
  readonly url: string;
  /** By idempotency key. */
  readonly calls: ReadonlyMap<string, readonly Call[]>;
  /** Of a hundred answers so many get lost. */
  loseAnswers(percent: number): void;
}

export async function startFarEnd(t: Cleanup): Promise<FarEnd> {
  const calls = new Map<string, Call[]>();
  let percent = 0;
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      const key = String(request.headers['webhook-id']);
      const isLost = Math.random() * 100 < percent;
      const some = calls.get(key) ?? [];
      some.push({ cameAt: Date.now(), isLost });
      calls.set(key, some);
      if (isLost) request.socket.destroy();
      else response.writeHead(204).end();
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    calls,
    loseAnswers(now) {
      percent = now;
    },
  };
}
