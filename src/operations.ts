/**
 * A process without the gateway, for those who operate it: whether it lives, whether it works, and its measurements.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Store } from '#contracts/store/store.ts';

export interface Part {
  readonly name: string;
  readonly problem: string | null;
}

export async function storePart(store: Store): Promise<Part> {
  const problem = await store.ping().then(
    () => null,
    (error: Error) => error.message,
  );
  return { name: 'store', problem };
}

export interface OperationsOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly health: () => Promise<readonly Part[]>;
  readonly metricsText: () => Promise<string>;
}

export interface Operations {
  readonly address: string;
  stop(): Promise<void>;
}

export async function startOperations({ host, port, health, metricsText }: OperationsOptions): Promise<Operations> {
  const answer = async (
    path: string,
  ): Promise<{ readonly status: number; readonly type: string; readonly body: string }> => {
    const json = (status: number, value: unknown) => ({
      status,
      type: 'application/json',
      body: JSON.stringify(value),
    });
    if (path === '/healthz') return json(200, { status: 'ok' });
    if (path === '/metrics') return { status: 200, type: 'text/plain; version=0.0.4', body: await metricsText() };
    if (path !== '/readyz') return json(404, { status: 404, title: 'Here are /healthz, /readyz and /metrics.' });
    const parts = await health();
    const isReady = parts.every(({ problem }) => problem === null);
    return json(isReady ? 200 : 503, { status: isReady ? 'ready' : 'not-ready', parts });
  };
  const server = createServer((request, response) => {
    answer((request.url ?? '').split('?')[0] as string).then(
      ({ status, type, body }) => response.writeHead(status, { 'content-type': type, connection: 'close' }).end(body),
      (error: unknown) => response.writeHead(500, { connection: 'close' }).end(String(error)),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const { port: taken } = server.address() as AddressInfo;
  return {
    address: `http://${host.includes(':') ? `[${host}]` : host}:${taken}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
