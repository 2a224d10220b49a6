/**
 * One program at a time in a data folder. The lock is SQLite's lock on an empty file, that is, the operating system's:
 * it ends with the process that held it, however that ended, so there is no stale lock to recognise, and it holds
 * between containers that share a volume, where process ids would tell nothing.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Failure } from '#errors.ts';

const SQLITE_BUSY = 5;

/** Takes the folder (made where it is missing), or throws a `Failure` that says who has it. The answer lets go. */
export function lockFolder(folder: string): () => void {
  const holder = join(folder, 'lock.pid');
  let lock: DatabaseSync | undefined;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    lock = new DatabaseSync(join(folder, 'lock'), { timeout: 0 });
    lock.exec('pragma journal_mode = memory; begin exclusive');
    writeFileSync(holder, String(process.pid));
  } catch (error) {
    if (lock?.isOpen) lock.close();
    if ((error as { errcode?: unknown }).errcode === SQLITE_BUSY)
      throw new Failure('store-unavailable', `${folder} is in use by another program (process ${readHolder(holder)})`);
    throw new Failure('store-unavailable', `${folder} cannot be used: ${(error as Error).message}`, { cause: error });
  }
  const held = lock;
  return () => {
    if (held.isOpen) held.close();
  };
}

function readHolder(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return 'unknown';
  }
}
