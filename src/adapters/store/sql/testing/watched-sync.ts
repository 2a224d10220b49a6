/**
 * Syncs as the system does and writes down what, in the file `synced` beside the database's folder. While a file `full`
 * is there the disk takes nothing; when a file `die` is there the thread ends in the middle of the sync.
 */
import { appendFileSync, existsSync, fsyncSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

export function sync(fd: number): void {
  const path = readlinkSync(`/proc/self/fd/${fd}`);
  const [folder = ''] = path.split('/pglite/');
  if (existsSync(join(folder, 'full')))
    throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
  if (existsSync(join(folder, 'die'))) process.exit(7);
  fsyncSync(fd);
  appendFileSync(join(folder, 'synced'), `${path}\n`);
}
