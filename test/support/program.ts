/**
 * The real program as a child process, for tests: started on a free port with its own data folder, stopped or killed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeWill } from './last-will.ts';
import { ROOT } from './need.ts';

/** The first start makes the database (seconds on a busy machine); a test fails rather than waits for ever. */
const START_TIMEOUT_MS = 90_000;

/** Whoever ends what was begun: a test, or a program that tests. */
export interface Cleanup {
  after(task: () => unknown): void;
}

export interface Program {
  readonly url: string;
  readonly pid: number;
  readonly dataDir: string;
  /** All it wrote to standard output and error. */
  output(): string;
  /** SIGTERM, and the exit code once it ended. */
  stop(): Promise<number | null>;
  /** SIGKILL. */
  kill(): Promise<void>;
  readonly exited: Promise<number | null>;
}

export interface ProgramOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Kept between starts; a fresh one, removed at the end of the test, where it is absent. */
  readonly dataDir?: string;
  readonly args?: readonly string[];
}

export function freshFolder(t: Cleanup, name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `tocsin-${name}-`));
  const revoke = makeWill({ folder });
  t.after(() => {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    revoke();
  });
  return folder;
}

function inherited(): Record<string, string> {
  const env: Record<string, string> = {};
  for (const name of ['PATH', 'HOME', 'TMPDIR', 'LANG', 'NODE_COMPILE_CACHE'])
    if (process.env[name]) env[name] = process.env[name] as string;
  return env;
}

interface Starting {
  readonly child: ChildProcess;
  output(): string;
  kill(): Promise<void>;
  readonly exited: Promise<number | null>;
}

function spawnProgram(t: Cleanup, options: ProgramOptions, dataDir: string): Starting {
  const child: ChildProcess = spawn(process.execPath, [join(ROOT, 'src/main.ts'), ...(options.args ?? [])], {
    cwd: ROOT,
    env: {
      ...inherited(),
      HOST: '127.0.0.1',
      PORT: '0',
      DATA_DIR: dataDir,
      LOG_LEVEL: 'warn',
      RATE_LIMIT: '0',
      ...options.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  makeWill({ child });
  let output = '';
  const read = (chunk: Buffer): void => {
    output += chunk.toString();
  };
  child.stdout?.on('data', read);
  child.stderr?.on('data', read);
  // Not when it exits: what it said last may not have been read by then.
  const exited = new Promise<number | null>((done) => child.once('close', (code) => done(code)));
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
  };
  t.after(kill);
  return { child, output: () => output, kill, exited };
}

/** Starts the program and waits until it says that it is ready. It is killed at the end of the test at the latest. */
export async function startProgram(t: Cleanup, options: ProgramOptions = {}): Promise<Program> {
  const dataDir = options.dataDir ?? freshFolder(t, 'data');
  const { child, output, kill, exited } = spawnProgram(t, options, dataDir);
  const url = await new Promise<string>((ready, failed) => {
    const timer = setTimeout(
      () => failed(new Error(`not ready in ${START_TIMEOUT_MS} ms:\n${output()}`)),
      START_TIMEOUT_MS,
    );
    child.stdout?.on('data', () => {
      const match = /ready: (http:\/\/\S+)/.exec(output());
      if (!match) return;
      clearTimeout(timer);
      ready(match[1] as string);
    });
    void exited.then((code) => {
      clearTimeout(timer);
      failed(new Error(`ended with ${code} before it was ready:\n${output()}`));
    });
  });
  return {
    url,
    pid: child.pid as number,
    dataDir,
    output,
    kill,
    exited,
    async stop() {
      child.kill('SIGTERM');
      return exited;
    },
  };
}

/** Starts the program and kills it after so long, ready or not. */
export async function killEarly(
  t: Cleanup,
  options: ProgramOptions & { readonly dataDir: string },
  afterMs: number,
): Promise<void> {
  const { kill } = spawnProgram(t, options, options.dataDir);
  await new Promise((now) => setTimeout(now, afterMs));
  await kill();
}
