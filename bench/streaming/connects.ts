/**
 * How fast connections are taken in: all at once, once by a server that has just begun and again when it has seen as many,
 * since a young JavaScript program runs its code uncompiled.
 */
import { medianOf, show, table } from '../harness.ts';
import { secondsOf } from './child.ts';
import type { Server } from './contestants.ts';
import { type Load, pause } from './load.ts';

/** The servers take turns; they are stopped at the end. */
export async function compareConnects(
  servers: ReadonlyMap<string, Server>,
  connect: (server: Server) => Load,
  rounds: number,
): Promise<string> {
  const rows = new Map([...servers.keys()].map((name): [string, { perSecond: number; cpuMs: number }[]] => [name, []]));
  for (let round = 0; round < rounds; round += 1)
    for (const [name, server] of servers) {
      const cpu = secondsOf(server.pid);
      const all = connect(server);
      const seconds = await all.connected(performance.now());
      const cpuMs = ((secondsOf(server.pid) - cpu) * 1000) / all.count;
      rows.get(name)?.push({ perSecond: all.count / seconds, cpuMs });
      await all.stop();
      await pause(500);
    }
  for (const server of servers.values()) await server.stop();
  const later = (name: string, pick: (row: { perSecond: number; cpuMs: number }) => number): string => {
    const all = rows.get(name)?.slice(1) ?? [];
    return all.length > 0 ? show(medianOf(all.map(pick))) : '';
  };
  return table(
    ['', 'first: connects/s', 'CPU ms each', 'later: connects/s', 'CPU ms each'],
    [...rows].map(([name, [first]]) => [
      name,
      ...(first ? [show(first.perSecond), show(first.cpuMs)] : ['', '']),
      later(name, ({ perSecond }) => perSecond),
      later(name, ({ cpuMs }) => cpuMs),
    ]),
  );
}
