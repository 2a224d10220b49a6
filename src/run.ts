/**
 * The program: reads settings, starts every role in this one process, and stops them when asked to. Standard output
 * gets what a person should read, standard error the log, one JSON object a line.
 *
 * Exit codes: 0 stopped as asked, 1 a crash (what was acknowledged is safe; start it again), 2 a mistake in how it was
 * started.
 */
import { flushCompileCache } from 'node:module';
import { createLog } from '#adapters/host/log.ts';
import { type Config, contradictions, printConfig, readConfig, SETTINGS } from '#config.ts';
import { type Program, startProgram } from './program.ts';
import { LIVE_SOURCES, parseSources, type SourceSpec } from './sources.ts';

/** After this long a stop is no longer graceful: what is in hand is safe in the log and the ledger. */
const STOP_TIMEOUT_MS = 15_000;

const USAGE = `Tocsin: real-time price alerts.

  npm start                      a demo market, page and API on http://127.0.0.1:3000
  npm run live                   live prices that need no key
  npm start -- --print-config    every setting as it is in force
  npm start -- --check-config    mistakes in the settings, if any
  npm start -- --new-secret      AUTH_SECRET is another than before, which is lost
  npm start -- --help

Settings are environment variables: docs/config.md.`;

function refuse(problems: readonly string[]): never {
  for (const problem of problems) console.error(problem);
  console.error(`\nSettings are explained in docs/config.md.`);
  process.exit(2);
}

function readSettings(env: NodeJS.ProcessEnv): { readonly config: Config; readonly specs: readonly SourceSpec[] } {
  const read = readConfig(env);
  const sources = parseSources(('config' in read ? read.config.SOURCES : env['SOURCES']) ?? SETTINGS.SOURCES.fallback);
  const problems = [
    'problems' in read ? read.problems : contradictions(read.config),
    'problems' in sources ? sources.problems : [],
  ].flat();
  if (problems.length > 0 || !('config' in read) || !('specs' in sources)) refuse(problems);
  return { config: read.config, specs: sources.specs };
}

async function run(config: Config, specs: readonly SourceSpec[], replacesSecret: boolean): Promise<void> {
  const log = createLog(config.LOG_LEVEL);
  let program: Program | undefined;
  let ending = false;
  const end = (code: number): void => {
    if (ending) return;
    ending = true;
    setTimeout(() => process.exit(code), config.STOP_DELAY + STOP_TIMEOUT_MS).unref();
    void (program?.stop() ?? Promise.resolve()).finally(() => process.exit(code));
  };
  const crash = (role: string, error: unknown): void => {
    log.error({ role, error: String(error), stack: error instanceof Error ? error.stack : undefined }, 'crash');
    // A role that does not know its own state must not write another word: stop here, the log and the ledger are safe.
    process.exit(1);
  };
  process.once('SIGTERM', () => end(0));
  process.once('SIGINT', () => end(0));
  process.once('uncaughtException', (error) => crash('program', error));
  process.once('unhandledRejection', (error) => crash('program', error));
  try {
    program = await startProgram({ config, specs, log, crash, replacesSecret });
  } catch (error) {
    console.error(`Tocsin could not start: ${error instanceof Error ? error.message : String(error)}`);
    log.debug({ stack: error instanceof Error ? error.stack : undefined }, 'could not start');
    process.exit(1);
  }
  if (ending) return;
  console.log(
    `${program.demo ? 'A demo market: simulated prices. Live ones: npm run live\n' : ''}ready: ${program.url}`,
  );
  // Whoever kills us later has it too.
  flushCompileCache();
}

const flags = process.argv.slice(2);
const KNOWN = ['--print-config', '--check-config', '--live', '--new-secret', '--help'];
const unknown = flags.filter((flag) => !KNOWN.includes(flag));
if (unknown.length > 0) refuse([`unknown: ${unknown.join(' ')}; see --help`]);
if (flags.includes('--help')) {
  console.log(USAGE);
} else {
  const env = flags.includes('--live') && !process.env['SOURCES'] ? { SOURCES: LIVE_SOURCES } : {};
  const { config, specs } = readSettings({ ...process.env, ...env });
  if (flags.includes('--print-config')) console.log(printConfig(config));
  else if (flags.includes('--check-config')) console.log('The settings are in order.');
  else await run(config, specs, flags.includes('--new-secret'));
}
