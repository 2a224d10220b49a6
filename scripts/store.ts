/**
 * `npm run move`, `npm run backup`, `npm run restore`: the whole store from one database to another, into a file, and out
 * of it. Exit codes: 0 done, 1 it failed and changed nothing, 2 a mistake in how it was started.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Migration } from '#adapters/store/sql/migration.ts';
import { type OpenDatabase, openPglite } from '#adapters/store/sql/pglite.ts';
import { openPostgres } from '#adapters/store/sql/postgres.ts';
import type { Contents, Table } from '#adapters/store/sql/transfer/contents.ts';
import { backUp, move, restore } from '#adapters/store/sql/transfer/transfer.ts';
import { openAccountLibrary } from '#api/auth/library.ts';
import { readConfig } from '#config.ts';
import { silentLog } from '#contracts/log.ts';

const USAGE = `npm run move -- --from pglite:./data --to postgres://user:password@host/database
npm run backup -- --to tocsin.backup [--from STORE]
npm run restore -- --from tocsin.backup [--to STORE]

A database is pglite:FOLDER or postgres://…; without one it is that of the settings STORE and DATA_DIR.
docs/backup.md`;
const EMBEDDED = 'pglite:';
/** So often somebody who watches is told how far it is. */
const PROGRESS_ROWS = 100_000;

function refuse(problem: string): never {
  console.error(`${problem}\n\n${USAGE}`);
  process.exit(2);
}

function settledStore(): string {
  const read = readConfig(process.env);
  if (!('config' in read)) refuse(read.problems.join('\n'));
  const { STORE, DATA_DIR } = read.config;
  return STORE === EMBEDDED ? `${EMBEDDED}${DATA_DIR}` : STORE;
}

function folderOf(url: string): string | null {
  if (!url.startsWith(EMBEDDED)) return null;
  return url.slice(EMBEDDED.length) || refuse(`${EMBEDDED} which folder?`);
}

/** Of two databases, the one that is meant. */
async function openStore(url: string, migrations?: readonly Migration[]): Promise<OpenDatabase> {
  try {
    return await open(url, migrations);
  } catch (error) {
    // Its password stays out of it.
    const name = folderOf(url) === null ? new URL(url).host + new URL(url).pathname : url;
    throw new Error(`${name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

function open(url: string, migrations?: readonly Migration[]): Promise<OpenDatabase> {
  const options = { log: silentLog, ...(migrations ? { migrations } : {}) };
  const dataDir = folderOf(url);
  if (dataDir !== null) return openPglite({ dataDir, ...options });
  if (!/^postgres(ql)?:\/\//.test(url)) refuse(`${url} is neither ${EMBEDDED}FOLDER nor postgres://…`);
  return openPostgres({ url, connections: 1, ...options });
}

/** A folder that is not there must not be made and then found empty. */
function openSource(url: string): Promise<OpenDatabase> {
  const folder = folderOf(url);
  if (folder !== null && !existsSync(join(folder, 'pglite'))) refuse(`there is no database in ${folder}`);
  return openStore(url);
}

async function makeAccounts({ pool, oneAtATime }: OpenDatabase): Promise<void> {
  // Only its tables are made: it signs nothing, so any secret will do.
  const secret = 'nothing is signed with this secret';
  await openAccountLibrary({ pool, oneAtATime, secret, publicUrl: '', log: silentLog, onSignIn: async () => {} });
}

function progress({ name, count }: Table, rows: number): void {
  if (count > PROGRESS_ROWS && (rows === count || rows % PROGRESS_ROWS < PROGRESS_ROWS / 5))
    console.log(`${name}: ${rows} of ${count}`);
}

function report({ tables }: Contents, done: string): void {
  for (const { name, count, sum } of tables) if (count > 0) console.log(`${name}: ${count} rows, sum ${sum}`);
  console.log(done);
}

/** What the database is worth nothing without. */
function remindOfSecret(url: string): void {
  const folder = folderOf(url);
  const secret = folder === null ? null : join(folder, 'secret');
  if (process.env['AUTH_SECRET'] || secret === null || !existsSync(secret)) return;
  console.log(
    `Keep ${secret} too, or set AUTH_SECRET to what is in it: sessions and channels cannot be opened without.`,
  );
}

async function run(): Promise<void> {
  const { positionals, values } = parseArgs({
    options: { from: { type: 'string' }, to: { type: 'string' } },
    allowPositionals: true,
  });
  const [command, ...more] = positionals;
  if (more.length > 0) refuse(`unknown: ${more.join(' ')}`);
  const { from, to } = values;
  if (command === 'move') {
    if (!from || !to) refuse('from where, and to where?');
    const source = await openSource(from);
    try {
      const target = await openStore(to);
      try {
        report(await move(source, target, makeAccounts, progress), 'All of it is there. Start the program on it.');
      } finally {
        await target.close();
      }
    } finally {
      await source.close();
    }
    remindOfSecret(from);
  } else if (command === 'backup') {
    if (!to) refuse('to which file?');
    const url = from ?? settledStore();
    const source = await openSource(url);
    try {
      report(await backUp(source, to), `${to} is whole.`);
    } finally {
      await source.close();
    }
    remindOfSecret(url);
  } else if (command === 'restore') {
    if (!from) refuse('from which file?');
    if (!existsSync(from)) refuse(`there is no file ${from}`);
    const url = to ?? settledStore();
    const open = (migrations: readonly Migration[]) => openStore(url, migrations);
    report(
      await restore(from, open, makeAccounts, progress, silentLog),
      'All of it is there. Start the program on it.',
    );
  } else refuse(command === undefined ? 'what is to be done?' : `unknown: ${command}`);
}

try {
  await run();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  console.error('Nothing is half done: mend it and run the command again.');
  process.exit(1);
}
