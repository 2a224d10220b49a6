/**
 * What all benchmarks share: contestants take turns within one run, so that a busy moment of the machine meets all of
 * them; processor seconds are counted, not the clock's; a table says least, median and most; a baseline on file says
 * what it was before. Nothing here fails because of a time: CI runs the short form for its results alone.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';

export interface Rates {
  /** Of each round, per processor second. */
  readonly rounds: readonly number[];
}

/** One round: how much was done in how many processor seconds. */
export interface Round {
  readonly count: number;
  readonly seconds: number;
}

/** Seconds of processor time so far: a machine that is busy with other things changes them less than the clock's. */
export function spentSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000_000;
}

/** Milliseconds of processor time of this thread alone. */
export function threadMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

export function timed(count: number, work: () => void): Round {
  const began = spentSeconds();
  work();
  return { count, seconds: spentSeconds() - began };
}

/** Bytes kept by this process, after a collection where `--expose-gc` allows one. */
export function keptBytes(): number {
  (globalThis as { gc?: () => void }).gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

export type Contestant = (round: number) => Round | Promise<Round>;

/** Each contestant once, then each again, `rounds` times. */
export async function inTurns(
  rounds: number,
  contestants: ReadonlyMap<string, Contestant>,
): Promise<ReadonlyMap<string, Rates>> {
  const rates = new Map<string, number[]>([...contestants.keys()].map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1)
    for (const [name, contestant] of contestants) {
      const { count, seconds } = await contestant(round);
      rates.get(name)?.push(count / seconds);
    }
  return new Map([...rates].map(([name, of]) => [name, { rounds: of }]));
}

export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

export function spread({ rounds }: Rates): string {
  return `${show(Math.min(...rounds))} / ${show(medianOf(rounds))} / ${show(Math.max(...rounds))}`;
}

export function show(value: number): string {
  return value < 10 ? String(Number(value.toPrecision(3))) : Math.round(value).toLocaleString('en');
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, index) => (index === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

export function machine(): string {
  const [load] = loadavg();
  return `${cpus()[0]?.model}, ${cpus().length} cores, load ${load?.toFixed(1)}, Node ${process.version}`;
}

/** `--name` or `--name=value` of the command. */
export function flag(name: string): string | undefined {
  const found = process.argv.find((argument) => argument === `--${name}` || argument.startsWith(`--${name}=`));
  return found === undefined ? undefined : (found.split('=')[1] ?? '');
}

/**
 * What was measured against the baseline of that name, as ratios (above 1 is more than it was). `--save` makes it the
 * new baseline.
 */
export function compare(name: string, measured: Readonly<Record<string, number>>): string {
  const file = new URL(`baseline/${name}.json`, import.meta.url);
  let before: { machine: string; measured: Record<string, number> } | undefined;
  try {
    before = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    before = undefined;
  }
  if (flag('save') !== undefined) {
    mkdirSync(new URL('baseline', import.meta.url), { recursive: true });
    writeFileSync(file, `${JSON.stringify({ machine: machine(), measured }, null, 2)}\n`);
  }
  const rows = Object.entries(measured).map(([key, value]) => {
    const was = before?.measured[key];
    return [key, was === undefined ? '' : show(was), show(value), was === undefined ? '' : (value / was).toFixed(2)];
  });
  return `${table(['', 'baseline', 'now', 'ratio'], rows)}\n\nBaseline: ${before?.machine ?? 'none'}`;
}
