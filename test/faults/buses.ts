/**
 * The brokers whose faults are tried: how each is started, reached, and made to fail.
 */
import { redisMissing, startRedis } from '../support/redis.ts';
import type { Target } from '../support/tcp-proxy.ts';

export interface Broker {
  readonly target: Target;
  /** The setting BUS of a process that reaches it through a port of this machine. */
  through(port: number): string;
  start(): Promise<void>;
  stop(): Promise<void>;
  kill(): Promise<void>;
  pause(): void;
  resume(): void;
  remove(): Promise<void>;
}

export interface BusKind {
  missing(): string | null;
  start(): Promise<Broker>;
}

async function startRedisBroker(): Promise<Broker> {
  const redis = await startRedis();
  return {
    ...redis,
    target: { port: Number(new URL(redis.url).port) },
    through: (port) => `redis://127.0.0.1:${port}`,
  };
}

export const BUSES: Readonly<Record<string, BusKind>> = {
  redis: { missing: redisMissing, start: startRedisBroker },
};
