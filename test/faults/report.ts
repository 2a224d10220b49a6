/**
 * What a run found, as the table of docs/faults.md. Everything above the table's mark is written by hand and stays.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../support/need.ts';
import type { Result } from './run.ts';

export interface Report {
  readonly results: readonly Result[];
  readonly bus: string;
  readonly ticksPerSecond: number;
  readonly alerts: number;
  readonly tookMs: number;
}

const FILE = join(ROOT, 'docs/faults.md');
const seconds = (ms: number): string => (ms / 1000).toFixed(1);

export function tableOf(results: readonly Result[]): string {
  const rows = results.map(
    ({ name, due, lost, doubled, wrong, toldTwice, badDeliveries, badAtPage, silenceMs, waitMs, lastedMs, overMs }) =>
      [
        ...[name, due, lost, doubled, wrong, toldTwice, badDeliveries, badAtPage],
        ...[seconds(silenceMs), seconds(waitMs), seconds(lastedMs), seconds(overMs)],
      ].join(' | '),
  );
  return [
    '| fault | due | lost | doubled | wrong | told twice | wrongly told | page | silence | wait | lasted | over |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...rows.map((row) => `| ${row} |`),
  ].join('\n');
}

/** Puts the table in the place of the one that stands there for this broker. */
export function writeReport({ results, bus, ticksPerSecond, alerts, tookMs }: Report): void {
  const [begin, end] = [`<!-- ${bus}: written by npm run faults -- --report -->`, `<!-- end of ${bus} -->`];
  const text = readFileSync(FILE, 'utf8');
  const [before, rest] = text.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`${FILE} has no place for ${bus}`);
  const processors = cpus();
  const machine = `${processors[0]?.model ?? 'unknown'}, ${processors.length} cores, Node ${process.versions.node}`;
  const load = `load at the end ${loadavg()[1]?.toFixed(1)}`;
  const carried = `${alerts.toLocaleString('en')} alerts, ${ticksPerSecond.toLocaleString('en')} ticks/s`;
  const said = `${new Date().toISOString().slice(0, 10)}, ${machine}, ${load}; ${carried}; ${seconds(tookMs)} s in all.`;
  writeFileSync(FILE, `${before}${begin}\n\n${said}\n\n${tableOf(results)}\n\n${end}${after}`);
}
