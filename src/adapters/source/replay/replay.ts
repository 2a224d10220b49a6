/**
 * Plays a recording again: trades, quotes, bars or frames from a file, on the recording's own clock. Every tick comes
 * in file order with the time it happened, and after a restart playing goes on behind the last tick that is durable.
 * It never invents a tick and never skips one: a row that cannot be read is counted and reported.
 */
import { basename } from 'node:path';
import { type Clock, sleep } from '#contracts/clock.ts';
import type { Source, SourceContext, SourceEvents } from '#contracts/source.ts';
import type { Tick } from '#domain/market/tick.ts';
import { Failure } from '#errors.ts';
import type { FrameFormat } from './frame-rows.ts';
import { type RecordingSummary, readRecording, summarize } from './recording.ts';
import type { RecordedTick } from './row-reader.ts';
import type { ReplaySpec } from './spec.ts';

/** Where the ticks end that may be handed on together with the one at `next`. */
function endOfSpan(ticks: readonly RecordedTick[], next: number): number {
  const first = (ticks[next] as RecordedTick).at;
  let end = next + 1;
  while (end < ticks.length && Math.abs((ticks[end] as RecordedTick).at - first) <= BATCH_SPAN_MS) end += 1;
  return end;
}

/** Rows named one by one in the log; the rest is only counted. */
const PROBLEMS_NAMED = 10;
/** A timer of Node cannot run longer than 24 days; a sparse recording is waited for in steps. */
const LONGEST_WAIT_MS = 3_600_000;

/** Where playing at a speed began, on both clocks. */
interface Playing {
  readonly clock: Clock;
  readonly since: number;
  readonly from: number;
  readonly speed: number;
  /** The next tick to come: recorded time waits for it. */
  until: number;
}

export interface ReplayOptions extends ReplaySpec {
  /** How lines of a recorded WebSocket are read. */
  readonly frames: FrameFormat;
}

/**
 * The longest stretch of recorded time handed on at once at full speed, so that the recording's clock moves in small
 * steps. Five minutes cost a third more batches than no limit on a week of shares; thirty seconds, five times as many.
 */
const BATCH_SPAN_MS = 300_000;

/** `replay-` and the file's name: another recording is another source, with numbers of its own. */
function replayName(path: string): string {
  const plain = basename(path)
    .replace(/\.gz$/, '')
    .replace(/\.(csv|raw|txt|log)$/, '');
  return `replay-${plain
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')}`;
}

export function createReplay(options: ReplayOptions): Source {
  const name = replayName(options.path);
  const stopping = new AbortController();
  let summary: Promise<RecordingSummary> | null = null;
  let time = 0;
  let playing: Playing | null = null;
  let run: Promise<void> = Promise.resolve();

  const look = (): Promise<RecordingSummary> => {
    summary ??= summarize(options, stopping.signal).then((found) => {
      time = Math.max(time, found.firstAt ?? 0);
      return found;
    });
    return summary;
  };

  const recordedTime = (): number => {
    if (playing === null) return time;
    const passed = (playing.clock.now() - playing.since) * playing.speed;
    return Math.max(time, Math.min(playing.from + passed, playing.until));
  };

  const play = async (context: SourceContext, events: SourceEvents): Promise<void> => {
    const { clock, log } = context;
    const since = clock.now();
    const found = await look();
    for (const { at } of context.resumeAfter.values()) time = Math.max(time, at);
    if (options.speed === 0) {
      events.state('waiting', `paused: ${found.ticks} ticks are ready, start it with speed=max or speed=1`);
      return;
    }
    const skipped = context.metrics.counter({
      name: 'tocsin_replay_rows_skipped_total',
      help: 'Rows of a recording that could not be read.',
    });
    let problems = 0;
    let firstProblem = '';
    const onProblem = (line: number, problem: string): void => {
      problems += 1;
      skipped.add();
      if (firstProblem === '') firstProblem = `line ${line}: ${problem}`;
      if (problems <= PROBLEMS_NAMED) log.warn({ source: name, line, problem }, 'a row of the recording was skipped');
    };
    const isRest = ({ symbol, sequence }: RecordedTick): boolean => {
      const last = context.resumeAfter.get(symbol)?.sequence;
      return last === undefined || last === null || sequence > last;
    };
    // What reading took is played already.
    const pace: Playing | null =
      options.speed === 'max' ? null : { clock, since, from: time, speed: options.speed, until: time };
    playing = pace;
    events.state('live', `playing ${found.ticks} ticks`);
    for await (const batch of readRecording(options, onProblem, stopping.signal)) {
      const rest = batch.filter(isRest);
      for (let next = 0; next < rest.length && !stopping.signal.aborted; ) {
        const due = pace === null ? endOfSpan(rest, next) : await dueFrom(rest, next, pace);
        if (stopping.signal.aborted) break;
        const ticks = rest.slice(next, due).map((tick): Tick => ({ ...tick, source: name }));
        // Time comes with the ticks, so that none of them is ahead of it when it is judged.
        for (const { at } of ticks) time = Math.max(time, at);
        await events.emit(ticks);
        next = due;
      }
      if (stopping.signal.aborted) return;
    }
    playing = null;
    if (stopping.signal.aborted) return;
    const told = problems === 0 ? '' : `; ${problems} rows could not be read, the first at ${firstProblem}`;
    events.state('ended', `the recording is over${told}`);
  };

  /** Waits until the tick at `next` is due; the answer is where the ticks end that are due then. */
  const dueFrom = async (ticks: readonly RecordedTick[], next: number, pace: Playing): Promise<number> => {
    const { clock, since, from, speed } = pace;
    const dueAt = ({ at }: RecordedTick): number => since + (at - from) / speed;
    const first = ticks[next] as RecordedTick;
    pace.until = first.at;
    while (dueAt(first) > clock.now() && !stopping.signal.aborted)
      await sleep(clock, Math.min(LONGEST_WAIT_MS, Math.ceil(dueAt(first) - clock.now())), stopping.signal);
    let end = next + 1;
    while (end < ticks.length && dueAt(ticks[end] as RecordedTick) <= clock.now()) end += 1;
    return end;
  };

  return {
    name,
    demo: false,
    recordedTime,
    instruments: async () =>
      (await look()).instruments.map((instrument) => ({
        ...instrument,
        providers: { ...instrument.providers, [name]: instrument.aliases[0] ?? instrument.symbol },
      })),
    async start(context, events) {
      run = play(context, events).catch((error: unknown) => {
        const detail = error instanceof Failure ? error.message : String(error);
        context.log.error({ source: name, error }, 'the replay cannot go on');
        events.state('failed', detail);
      });
    },
    async watch() {},
    async stop() {
      stopping.abort();
      await run;
    },
  };
}
