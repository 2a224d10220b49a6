/**
 * Programs that a benchmark of streams runs beside itself: told things a line at a time, answering with lines of JSON;
 * their processor time and memory as the system counts them.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

// biome-ignore lint/suspicious/noExplicitAny: what a program answers is its own affair, the scenarios know it
export type Answer = any;

/** A program that does not end by itself is killed. */
const STOP_TIMEOUT_MS = 10_000;

export class Child {
  readonly pid: number;
  private readonly child: ChildProcess;
  private readonly heard: Answer[] = [];
  private waiting: (() => void)[] = [];
  private error = '';
  /** It has ended, and all it said is heard. */
  isOver = false;

  /** On one processor of its own where `core` says so; with as many open files as the system lets it have. */
  constructor(command: readonly string[], core: number | null) {
    const pinned = core === null ? command : ['taskset', '-c', String(core), ...command];
    this.child = spawn('sh', ['-c', 'ulimit -n $(ulimit -Hn) && exec "$0" "$@"', ...pinned], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.pid = this.child.pid as number;
    this.child.stderr?.on('data', (text) => {
      this.error = `${this.error}${text}`.slice(-2000);
    });
    this.child.stdin?.on('error', () => undefined);
    const lines = createInterface({ input: this.child.stdout as NodeJS.ReadableStream });
    lines.on('line', (line) => {
      this.heard.push(JSON.parse(line));
      this.wake();
    });
    // Not when it exits: what it said last may not have been read by then.
    this.child.once('close', (code, signal) => {
      this.isOver = true;
      this.error ||= `ended with ${code ?? signal}`;
      this.wake();
    });
  }

  say(text: string): void {
    this.child.stdin?.write(text);
  }

  /** The next answer; an error where the program has ended. */
  async answer(passes: (answer: Answer) => boolean = () => true): Promise<Answer> {
    for (;;) {
      const index = this.heard.findIndex(passes);
      if (index >= 0) return this.heard.splice(index, 1)[0];
      if (this.isOver) throw new Error(this.error);
      await new Promise<void>((again) => this.waiting.push(again));
    }
  }

  /** All who wait look again, the longest waiting first. */
  private wake(): void {
    const waiting = this.waiting;
    this.waiting = [];
    for (const again of waiting) again();
  }

  /** Its input ends, and so does it. */
  async stop(): Promise<void> {
    await this.end(() => this.child.stdin?.end());
  }

  async kill(): Promise<void> {
    await this.end(() => this.child.kill());
  }

  private async end(how: () => unknown): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = new Promise((end) => this.child.once('exit', end));
    how();
    const timer = setTimeout(() => this.child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(timer);
  }
}

/** Processor seconds of all threads of a process so far, to the nanosecond. */
export function secondsOf(pid: number): number {
  let sum = 0;
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    const [spent = '0'] = readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ');
    sum += Number(spent) / 1e9;
  }
  return sum;
}

/** How often its threads were given a processor so far, and the seconds they were ready before that and none was free. */
export function turnsOf(pid: number): { readonly turns: number; readonly waited: number } {
  let [turns, waited] = [0, 0];
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    const [, wait, times] = readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ');
    waited += Number(wait) / 1e9;
    turns += Number(times);
  }
  return { turns, waited };
}

/** Of the processes it began that have ended, to the hundredth. */
export function secondsOfEnded(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return (Number(fields[13]) + Number(fields[14])) / 100;
}

/** Hundredths of a second so far that all threads of a process were in the system, and in the program itself. */
export function sharesOf(pid: number): { readonly system: number; readonly own: number } {
  let [system, own] = [0, 0];
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    // After the name, which may hold anything, the 12th and 13th.
    const fields = readFileSync(`/proc/${pid}/task/${task}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    own += Number(fields[11]);
    system += Number(fields[12]);
  }
  return { system, own };
}

/** Bytes of memory that a process holds. */
export function residentOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
}
