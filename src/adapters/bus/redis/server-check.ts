/**
 * Whether the server keeps what it acknowledges, by its own settings. What would lose messages for certain is refused,
 * what may lose the last second is said.
 */

import type { Link } from '#adapters/redis/link.ts';
import type { Log } from '#contracts/log.ts';
import { Failure } from '#errors.ts';

/** The first with XTRIM MINID. */
const OLDEST = '6.2';

export async function checkServer(link: Link, log: Log): Promise<void> {
  const told = String(await link.send('INFO', 'server'));
  const version = /^redis_version:(\S+)/m.exec(told)?.[1] ?? '0';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < 6 || (major === 6 && minor < 2))
    throw new Failure('bus-unavailable', `the Redis server is ${version}; ${OLDEST} or newer is needed`);
  if (/^(redis|server)_mode:cluster/m.test(told))
    throw new Failure(
      'bus-unavailable',
      'the Redis server is one of a Redis Cluster, which cannot do our steps as one: use one server, with replicas if you like',
    );
  const settings = await settingsOf(link);
  if (settings === undefined) {
    log.warn({}, 'the Redis server does not tell its settings: see that it has appendonly yes, appendfsync always');
    return;
  }
  if (settings.get('appendonly') === 'no')
    throw new Failure('bus-unavailable', 'the Redis server keeps nothing on disk: set "appendonly yes" there');
  const policy = settings.get('maxmemory-policy');
  if (policy !== undefined && policy !== 'noeviction' && settings.get('maxmemory') !== '0')
    throw new Failure('bus-unavailable', `the Redis server throws keys away when full (${policy}): set "noeviction"`);
  if (settings.get('appendfsync') !== 'always')
    log.warn(
      { appendfsync: settings.get('appendfsync') },
      'the Redis server may lose its last second with the power; "appendfsync always" keeps it',
    );
}

/** Undefined where the server does not let us ask, as managed ones do. */
async function settingsOf(link: Link): Promise<ReadonlyMap<string, string> | undefined> {
  const settings = new Map<string, string>();
  try {
    for (const name of ['appendonly', 'appendfsync', 'maxmemory', 'maxmemory-policy']) {
      const [, value] = (await link.send('CONFIG', 'GET', name)) as readonly string[];
      if (value !== undefined) settings.set(name, value);
    }
  } catch (error) {
    if (error instanceof Failure) throw error;
    return undefined;
  }
  return settings;
}
