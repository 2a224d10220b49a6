/**
 * The secret that signs sessions and seals channel settings: AUTH_SECRET, or one that is made once and kept in DATA_DIR,
 * readable by its owner alone. It belongs to the database: without it nobody is signed in and no channel can be opened.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const SECRET_BYTES = 32;

export function readSecret(dataDir: string, given: string): string {
  if (given !== '') return given;
  mkdirSync(dataDir, { recursive: true });
  const path = join(dataDir, 'secret');
  if (!existsSync(path)) {
    const unfinished = `${path}.new`;
    // On disk before it has its name: half a secret would lock everyone out.
    writeFileSync(unfinished, `${randomBytes(SECRET_BYTES).toString('base64url')}\n`, { mode: 0o600, flush: true });
    renameSync(unfinished, path);
  }
  return readFileSync(path, 'utf8').trim();
}
