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

/** Rows named one by one in the log; the rest is only counted. */
const PROBLEMS_NAMED = 10;
/** A timer runs at most this long, so that a paused or sparse recording keeps showing its time. */
const LONGEST_WAIT_MS = 60_000;

export interface ReplayOptions extends ReplaySpec {
  /** How lines of a recorded WebSocket are read. */
  readonly frames: FrameFormat;
}

/** `replay:` and the file's name: another recording is another source, with numbers of its own. */
export function replayName(path: string): string {
  return `replay:${basename(path)
    .replace(/\.gz$/, '')
    .replace(/\.(csv|raw|txt|log)$/, '')}`;
}

export function createReplay(options: ReplayOptions): Source {
  const name = replayName(options.path);
  const stopping = new AbortController();
  let summary: Promise<RecordingSummary> | null = null;
  let time = 0;
  let playing: { readonly from: number; readonly since: number; readonly clock: Clock; until: number } | null = null;
  let run: Promise<void> = Promise.resolve();

  const look = (): Promise<RecordingSummary> => {
    summary ??= summarize(options, stopping.signal).then((found) => {
      time = Math.max(time, found.firstAt ?? 0);
      return found;
    });
    return summary;
  };

  const recordedTime = (): number => {
    if (playing === null || typeof options.speed !== 'number') return time;
    const passed = (playing.clock.now() - playing.since) * options.speed;
    // Never past a tick that has not been taken yet.
    return Math.max(time, Math.min(playing.from + passed, playing.until));
  };

  const play = async (context: SourceContext, events: SourceEvents): Promise<void> => {
    const { clock, log } = context;
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
    events.state('live', `playing ${found.ticks} ticks`);
    for await (const batch of readRecording(options, onProblem, stopping.signal)) {
      const rest = batch.filter(isRest);
      for (let next = 0; next < rest.length && !stopping.signal.aborted; ) {
        const due = options.speed === 'max' ? rest.length : await dueFrom(rest, next, clock, options.speed);
        if (stopping.signal.aborted) break;
        const ticks = rest.slice(next, due).map((tick): Tick => ({ ...tick, source: name }));
        await events.emit(ticks);
        for (const { at } of ticks) time = Math.max(time, at);
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
  const dueFrom = async (
    ticks: readonly RecordedTick[],
    next: number,
    clock: Clock,
    speed: number,
  ): Promise<number> => {
    const first = (ticks[next] as RecordedTick).at;
    playing ??= { from: Math.max(time, 0), since: clock.now(), clock, until: first };
    playing.until = Math.max(first, time);
    const dueAt = (at: number): number => (playing === null ? 0 : playing.since + (at - playing.from) / speed);
    while (dueAt(first) > clock.now() && !stopping.signal.aborted)
      await sleep(clock, Math.min(LONGEST_WAIT_MS, Math.ceil(dueAt(first) - clock.now())), stopping.signal);
    let end = next + 1;
    while (end < ticks.length && dueAt((ticks[end] as RecordedTick).at) <= clock.now()) end += 1;
    return end;
  };

  return {
    name,
    demo: false,
    recordedTime,
    instruments: async () => (await look()).instruments,
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
