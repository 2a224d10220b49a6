/**
 * The ticks of a recording in file order, a batch at a time. A row that is broken is passed over and told to
 * `onProblem`; memory stays bounded however long the file is.
 */
import type { Instrument, InstrumentSymbol } from '#domain/market/instrument.ts';
import { Failure } from '#errors.ts';
import { type RecordingOptions, readHeader } from './header.ts';
import { recordedInstrument } from './recorded-instrument.ts';
import { recordingLines } from './recording-lines.ts';
import type { RecordedTick, RowReader } from './row-reader.ts';

/** Ticks handed on at once: enough to make a transaction of each worth while, few enough to stop quickly. */
const BATCH_TICKS = 1000;
/** Prices looked at for the digits an instrument is shown with. */
const DECIMALS_FROM_TICKS = 200;

/** `line` counts from 1, as editors do. */
export type RowProblem = (line: number, problem: string) => void;

export async function* readRecording(
  options: RecordingOptions,
  onProblem: RowProblem,
  signal: AbortSignal,
): AsyncGenerator<readonly RecordedTick[]> {
  for await (const { ticks } of readBatches(options, onProblem, signal)) yield ticks;
}

async function* readBatches(
  options: RecordingOptions,
  onProblem: RowProblem,
  signal: AbortSignal,
): AsyncGenerator<{ readonly ticks: readonly RecordedTick[]; readonly reader: RowReader }> {
  let reader: RowReader | null = null;
  let line = 0;
  let ticks: RecordedTick[] = [];
  for await (const lines of recordingLines(options.path, signal)) {
    for (const raw of lines) {
      line += 1;
      const text = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
      if (reader === null) {
        const header = readHeader(options, text);
        reader = header.reader;
        if (!header.isRow) continue;
      }
      if (text === '') continue;
      const problem = reader.row(text, line, ticks);
      if (problem !== undefined) onProblem(line, problem);
      if (ticks.length >= BATCH_TICKS) {
        yield { ticks, reader };
        ticks = [];
      }
    }
  }
  if (signal.aborted) return;
  if (reader === null) throw new Failure('source-unavailable', `${options.path} is empty`);
  reader.end(ticks);
  yield { ticks, reader };
}

export interface RecordingSummary {
  readonly instruments: readonly Instrument[];
  /** ms UTC; null where there is not one tick. */
  readonly firstAt: number | null;
  readonly lastAt: number | null;
  readonly ticks: number;
}

/** Reads the whole recording once, to know beforehand what is in it. */
export async function summarize(options: RecordingOptions, signal: AbortSignal): Promise<RecordingSummary> {
  const digits = new Map<InstrumentSymbol, { decimals: number; looked: number }>();
  let firstAt: number | null = null;
  let lastAt: number | null = null;
  let count = 0;
  let intervalMs: number | null = null;
  let isFrames = false;
  for await (const { ticks, reader } of readBatches(options, () => {}, signal)) {
    intervalMs = reader.intervalMs;
    isFrames = reader.isFrames;
    count += ticks.length;
    for (const { symbol, price, at } of ticks) {
      if (firstAt === null || at < firstAt) firstAt = at;
      if (lastAt === null || at > lastAt) lastAt = at;
      const seen = digits.get(symbol) ?? { decimals: 0, looked: 0 };
      if (seen.looked === 0) digits.set(symbol, seen);
      if (seen.looked < DECIMALS_FROM_TICKS) {
        seen.looked += 1;
        seen.decimals = Math.max(seen.decimals, (String(price).split('.')[1] ?? '').length);
      }
    }
  }
  const instruments = [...digits].map(([symbol, { decimals }]) =>
    isFrames ? options.frames.instrument(symbol) : recordedInstrument(symbol, decimals, intervalMs),
  );
  return { instruments, firstAt, lastAt, ticks: count };
}
