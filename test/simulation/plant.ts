/**
 * Loaded before anything else (`node --import`): one planted bug, by its number in TOCSIN_BUG, is written into the
 * source as it is loaded. The files stay as they are.
 */
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOT } from '../support/need.ts';
import { PLANTED_BUGS } from './planted-bugs.ts';

const bug = PLANTED_BUGS[Number(process.env['TOCSIN_BUG'])];
if (bug === undefined) throw new Error('TOCSIN_BUG names no planted bug');

let source = readFileSync(join(ROOT, bug.file), 'utf8');
for (const [from, to] of bug.edits) {
  if (source.split(from).length !== 2) throw new Error(`${bug.file} does not have exactly once: ${from}`);
  source = source.replace(from, () => to);
}

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    return url.startsWith('file:') && fileURLToPath(url) === join(ROOT, bug.file) ? { ...loaded, source } : loaded;
  },
});
