/**
 * Builds the page into web/dist, and only when what it is made of has changed: the page's own files, the domain and
 * contract files it imports, and the locked packages. Prints one line.
 *
 * The new folder takes the old one's place in one rename, so a program that serves the old page never sees half of a
 * new one, and a build that fails leaves the old page standing.
 */
import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'vite';

const ROOT = resolve(import.meta.dirname, '..');
const DIST = join(ROOT, 'web/dist');
const STAMP = 'stamp.txt';
/** Builds at the same moment (test files side by side) get in each other's way at most this often. */
const MAX_ATTEMPTS = 10;
const MADE_OF = ['web/**', 'src/domain/**', 'src/api/contract/**', 'src/errors.ts', 'package-lock.json'];

/** A hash of every file the page is made of: path and content. */
function contentHash(): string {
  const hash = createHash('sha256');
  const files = MADE_OF.flatMap((pattern) =>
    globSync(pattern, {
      cwd: ROOT,
      withFileTypes: true,
      exclude: (entry) => join(entry.parentPath, entry.name) === DIST,
    }),
  )
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  for (const file of files) hash.update(file.slice(ROOT.length)).update('\0').update(readFileSync(file)).update('\0');
  return hash.digest('hex');
}

const stampIs = (wanted: string): boolean => {
  const stamp = join(DIST, STAMP);
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
};

/** Puts the folder in the place of the old page. Another build may do so at the same moment: then one of them stays. */
function putInPlace(fresh: string, old: string, wanted: string): void {
  for (let attempt = 1; ; attempt += 1) {
    try {
      if (existsSync(DIST)) renameSync(DIST, old);
      renameSync(fresh, DIST);
      return;
    } catch (error) {
      if (stampIs(wanted)) return;
      if (attempt === MAX_ATTEMPTS) throw error;
      rmSync(old, { recursive: true, force: true });
    }
  }
}

/** Builds the page if it must; the answer says in one line what was done. */
export async function buildWeb(): Promise<string> {
  const wanted = contentHash();
  if (stampIs(wanted)) return 'page: up to date';
  const startedAt = performance.now();
  const fresh = join(ROOT, `node_modules/.tocsin-page-${process.pid}`);
  const old = `${fresh}-old`;
  try {
    await build({ configFile: join(ROOT, 'web/vite.config.ts'), logLevel: 'error', build: { outDir: fresh } });
    writeFileSync(join(fresh, STAMP), wanted);
    putInPlace(fresh, old, wanted);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
    rmSync(old, { recursive: true, force: true });
  }
  return `page: built in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
}

if (import.meta.main) console.log(await buildWeb());
