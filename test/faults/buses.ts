/**
 * The brokers whose faults are tried: how each is started, reached, and made to fail.
 */
import { kafkaMissing, startKafka, type Way } from '../support/kafka.ts';
import { rabbitMissing, startRabbit } from '../support/rabbit.ts';
import { redisMissing, startRedis } from '../support/redis.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

/** The network between a process and the brokers. */
export type Wire = Pick<TcpProxy, 'trouble' | 'silence' | 'refuse' | 'reset' | 'heal'>;

export interface Path {
  /** The setting BUS of who takes it. */
  readonly url: string;
  readonly wire: Wire;
}

export interface BrokerNode {
  start(): Promise<void>;
  /** As an operator does. */
  stop(): Promise<void>;
  kill(): Promise<void>;
  pause(): void;
  resume(): void;
}

export interface Broker {
  readonly nodes: readonly BrokerNode[];
  /** One more process comes, to one of the two sides: its own path, or its side's. */
  path(side: Side): Promise<Path>;
  remove(): Promise<void>;
}

/** Where brokers tell clients the way to each other, not every process can have a way of its own. */
export type Side = 0 | 1;

export interface BusKind {
  readonly title: string;
  readonly nodes: number;
  missing(): string | null;
  start(): Promise<Broker>;
}

interface OneServer extends BrokerNode {
  readonly url: string;
  remove(): Promise<void>;
}

function alone(server: OneServer): Broker {
  const proxies: TcpProxy[] = [];
  return {
    nodes: [server],
    async path() {
      const url = new URL(server.url);
      const wire = await startTcpProxy({ port: Number(url.port) });
      proxies.push(wire);
      url.port = String(wire.port);
      return { url: url.href, wire };
    },
    async remove() {
      await server.remove();
      for (const proxy of proxies) await proxy.close();
    },
  };
}

const SIDES = 2;

async function startThreeKafkas(): Promise<Broker> {
  const cluster = await startKafka({ nodes: 3, ways: SIDES, times: 'advised' });
  const sides = await Promise.all(
    cluster.ways.map(({ doors }) =>
      Promise.all(doors.map(({ port, behindProxy }) => startTcpProxy({ port: behindProxy }, port))),
    ),
  );
  const paths = sides.map((proxies, side): Path => {
    const all = (act: (proxy: TcpProxy) => void) => (): void => {
      for (const proxy of proxies) act(proxy);
    };
    const wire: Wire = {
      trouble: (how) => all((proxy) => proxy.trouble(how))(),
      silence: all((proxy) => proxy.silence()),
      refuse: all((proxy) => proxy.refuse()),
      reset: all((proxy) => proxy.reset()),
      heal: all((proxy) => proxy.heal()),
    };
    return { url: (cluster.ways[side] as Way).url, wire };
  });
  return {
    nodes: cluster.nodes,
    path: async (side) => paths[side] as Path,
    async remove() {
      await cluster.remove();
      for (const proxy of sides.flat()) await proxy.close();
    },
  };
}

export const BUSES: Readonly<Record<string, BusKind>> = {
  redis: { title: 'Redis', nodes: 1, missing: redisMissing, start: async () => alone(await startRedis()) },
  rabbitmq: { title: 'RabbitMQ', nodes: 1, missing: rabbitMissing, start: async () => alone(await startRabbit()) },
  kafka: { title: 'Kafka', nodes: 3, missing: kafkaMissing, start: startThreeKafkas },
};
