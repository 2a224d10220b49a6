/**
 * Where the program begins. What Node makes of the sources is kept in the data folder, which more than halves the work
 * of every later start; the rest is `run.ts`.
 */
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { SETTINGS } from './config.ts';

const talksOnly = process.argv.slice(2).some((flag) => !/^--(live|new-secret)$/.test(flag));
if (!talksOnly) enableCompileCache(join(process.env['DATA_DIR'] || SETTINGS.DATA_DIR.fallback, 'compiled'));
await import('./run.ts');
