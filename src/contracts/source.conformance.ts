/**
 * What every source must prove. Each adapter's test calls `sourceConformance` with a way to make one and to let it
 * have something to say.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Instrument, InstrumentSymbol } from '#domain/market/instrument.ts';
import { SYMBOL_PATTERN } from '#domain/market/instrument.ts';
import type { Tick, TickVerdict } from '#domain/market/tick.ts';
import type { Clock } from './clock.ts';
import { silentLog } from './log.ts';
import { noMetrics } from './metrics.ts';
import type { Source, SourceContext, SourceEvents, SourceState } from './source.ts';

/** One source with its far end, made anew for each test and again for a restart. */
export interface SourceTrial {
  readonly source: Source;
  readonly clock: Clock;
  /** Makes at least one more tick come (time passes, the far end sends, a price is pushed). Does not wait for it. */
  feed(): Promise<void>;
  /** Timers still set on the trial's clock, where it can tell. */
  timers?(): number;
  /** Lets go of the far end. */
  close(): Promise<void>;
}

export interface SourceTraits {
  /** It can go on after `resumeAfter`: a second run says nothing that the first has said. */
  readonly resumes: boolean;
  /** Its instruments are known before start (not so where they come with pushed prices). */
  readonly listsInstruments: boolean;
}

type Positions = SourceContext['resumeAfter'];
const NOWHERE: Positions = new Map();
/** Clocks of two machines may differ by this much (field notes: 1.3 s seen). */
const CLOCK_DIFFERENCE_MS = 5_000;

/** Everything a source says, with a way to wait for it and to hold it up. */
export class SourceWitness implements SourceEvents {
  readonly ticks: Tick[] = [];
  readonly past: Tick[] = [];
  readonly gaps: { readonly symbol: InstrumentSymbol; readonly from: number; readonly to: number }[] = [];
  readonly states: SourceState[] = [];
  /** Calls of `emit` and `history` not yet answered, and the most there ever were at once. */
  inHand = 0;
  mostInHand = 0;
  private held: Promise<void> | null = null;
  private letGo: () => void = () => {};
  /** What `emit` fails with from now on; null for not at all. */
  failing: Error | null = null;
  private readonly waiting = new Set<() => void>();

  async emit(ticks: readonly Tick[]): Promise<readonly TickVerdict[]> {
    await this.take(this.ticks, ticks);
    return ticks.map(() => 'accepted');
  }
  history(ticks: readonly Tick[]): Promise<void> {
    return this.take(this.past, ticks);
  }
  async gap(symbol: InstrumentSymbol, from: number, to: number): Promise<void> {
    this.gaps.push({ symbol, from, to });
    this.wake();
  }
  state(state: SourceState): void {
    this.states.push(state);
    this.wake();
  }

  /** From now on nothing said is answered, until `release`. */
  hold(): void {
    this.held = new Promise((resolve) => {
      this.letGo = resolve;
    });
  }
  release(): void {
    this.held = null;
    this.letGo();
  }
  /** Resolves as soon as what was said makes `is` true. */
  async until(is: () => boolean): Promise<void> {
    while (!is())
      await new Promise<void>((resolve) => {
        this.waiting.add(resolve);
      });
  }

  private async take(into: Tick[], ticks: readonly Tick[]): Promise<void> {
    this.inHand += 1;
    this.mostInHand = Math.max(this.mostInHand, this.inHand);
    into.push(...ticks);
    this.wake();
    try {
      await this.held;
      if (this.failing !== null) throw this.failing;
    } finally {
      this.inHand -= 1;
    }
  }
  private wake(): void {
    for (const resolve of this.waiting) resolve();
    this.waiting.clear();
  }
}

function startIn(trial: SourceTrial, witness: SourceWitness, resumeAfter: Positions = NOWHERE): Promise<void> {
  return trial.source.start(
    { clock: trial.clock, log: silentLog, metrics: noMetrics, resumeAfter, random: () => 0.5 },
    witness,
  );
}

/** Feeds and waits until `count` more ticks came. */
async function hear(trial: SourceTrial, witness: SourceWitness, count: number): Promise<void> {
  const enough = witness.ticks.length + count;
  while (witness.ticks.length < enough) {
    const before = witness.ticks.length;
    await trial.feed();
    await witness.until(() => witness.ticks.length > before);
  }
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

function positionsOf(ticks: readonly Tick[]): Positions {
  const found = new Map<InstrumentSymbol, { at: number; sequence: number | null }>();
  for (const tick of ticks) found.set(tick.symbol, { at: tick.at, sequence: tick.sequence ?? null });
  return found;
}

function checkInstruments(instruments: readonly Instrument[], source: string): void {
  const names = new Set<string>();
  for (const instrument of instruments) {
    assert.match(instrument.symbol, SYMBOL_PATTERN);
    for (const name of [instrument.symbol, ...instrument.aliases]) {
      assert.equal(name, name.toUpperCase());
      assert.ok(!names.has(name), `${name} names two instruments`);
      names.add(name);
    }
    assert.ok(instrument.name.length > 0, `${instrument.symbol} has no name`);
    assert.ok(instrument.providers[source], `${instrument.symbol} has no id at ${source}`);
    assert.equal(instrument.ownerId, null);
    assert.ok(instrument.decimals >= 0 && instrument.decimals <= 15);
    assert.ok(instrument.staleAfterMs > 0 && instrument.blindAfterMs >= instrument.staleAfterMs);
  }
}

function checkTicks(source: Source, ticks: readonly Tick[], known: ReadonlySet<string> | null): void {
  const last = new Map<InstrumentSymbol, Tick>();
  for (const tick of ticks) {
    assert.equal(tick.source, source.name);
    if (known) assert.ok(known.has(tick.symbol), `${tick.symbol} is not among its instruments`);
    assert.ok(Number.isFinite(tick.price) && tick.price > 0, `price ${tick.price}`);
    assert.ok(tick.volume === undefined || (Number.isFinite(tick.volume) && tick.volume >= 0));
    assert.ok(Number.isSafeInteger(tick.at) && tick.at > 0, `at ${tick.at}`);
    assert.ok(tick.at <= tick.receivedAt + CLOCK_DIFFERENCE_MS, `${tick.symbol} at ${tick.at} is from the future`);
    const before = last.get(tick.symbol);
    if (before?.sequence !== undefined && tick.sequence !== undefined)
      assert.ok(tick.sequence > before.sequence, `${tick.symbol}: ${before.sequence} and then ${tick.sequence}`);
    last.set(tick.symbol, tick);
  }
}

export function sourceConformance(
  name: string,
  traits: SourceTraits,
  make: (t: TestContext) => Promise<SourceTrial> | SourceTrial,
): void {
  const proves = (what: string, run: (trial: SourceTrial, t: TestContext) => Promise<void>): void => {
    test(`source ${name}: ${what}`, async (t) => {
      const trial = await make(t);
      try {
        await run(trial, t);
      } finally {
        await trial.source.stop();
        await trial.close();
      }
    });
  };

  proves('says what it is and what it can watch before it starts', async ({ source }) => {
    assert.match(source.name, /^[a-z][a-z0-9-]*$/);
    const instruments = await source.instruments();
    assert.equal(instruments.length > 0, traits.listsInstruments);
    checkInstruments(instruments, source.name);
  });

  proves('emits sound ticks of its instruments, in order, under its own name', async (trial) => {
    const witness = new SourceWitness();
    const instruments = await trial.source.instruments();
    await startIn(trial, witness);
    await trial.source.watch(instruments);
    await hear(trial, witness, 3);
    const known = traits.listsInstruments ? new Set<string>(instruments.map(({ symbol }) => symbol)) : null;
    checkTicks(trial.source, [...witness.past, ...witness.ticks], known);
    for (const { from, to } of witness.gaps) assert.ok(from <= to, `a gap from ${from} to ${to}`);
    assert.ok(witness.states.includes('live'), `states: ${witness.states.join(', ')}`);
  });

  proves('says nothing of instruments that it was not told to watch', async (trial) => {
    const { source } = trial;
    const [first] = await source.instruments();
    if (source.recordedTime !== null || first === undefined) return;
    const witness = new SourceWitness();
    await source.watch([first]);
    await startIn(trial, witness);
    for (let round = 0; round < 3; round += 1) {
      await Promise.race([trial.feed().catch(() => {}), turns()]);
      await turns();
    }
    for (const { symbol } of [...witness.past, ...witness.ticks, ...witness.gaps]) assert.equal(symbol, first.symbol);
  });

  proves('waits for an answer before it says more', async (trial) => {
    const witness = new SourceWitness();
    await startIn(trial, witness);
    await hear(trial, witness, 1);
    witness.hold();
    for (let round = 0; round < 3; round += 1) await Promise.race([trial.feed(), turns()]);
    await turns();
    witness.release();
    await hear(trial, witness, 1);
    assert.equal(witness.mostInHand, 1);
  });

  proves('says nothing more once stopped, and holds no timer', async (trial) => {
    const witness = new SourceWitness();
    await startIn(trial, witness);
    await hear(trial, witness, 1);
    await trial.source.stop();
    assert.equal(witness.inHand, 0);
    const said = [witness.ticks.length, witness.past.length, witness.gaps.length, witness.states.length];
    await Promise.race([trial.feed().catch(() => {}), turns()]);
    await turns();
    assert.deepEqual([witness.ticks.length, witness.past.length, witness.gaps.length, witness.states.length], said);
    if (trial.timers) assert.equal(trial.timers(), 0);
    await trial.source.stop();
  });

  proves('takes it when what it says is refused while everything stops', async (trial) => {
    const witness = new SourceWitness();
    await startIn(trial, witness);
    await hear(trial, witness, 1);
    witness.failing = new Error('the store is away');
    const said = witness.ticks.length;
    await trial.feed();
    await witness.until(() => witness.ticks.length > said);
    await turns();
    await trial.source.stop();
  });

  proves('a live source starts again after a stop', async (trial) => {
    if (trial.source.recordedTime !== null) return;
    for (let start = 0; start < 2; start += 1) {
      const witness = new SourceWitness();
      await startIn(trial, witness);
      await hear(trial, witness, 1);
      await trial.source.stop();
    }
  });

  proves('can be stopped before it was started', async (trial) => {
    await trial.source.stop();
  });

  proves('keeps a recorded time that never goes back and that no tick is ahead of', async (trial) => {
    const { recordedTime } = trial.source;
    if (recordedTime === null) return;
    const witness = new SourceWitness();
    await startIn(trial, witness);
    let before = Number.NEGATIVE_INFINITY;
    for (let round = 0; round < 3; round += 1) {
      await hear(trial, witness, 1);
      const now = recordedTime();
      assert.ok(now >= before, `${before} and then ${now}`);
      for (const tick of witness.ticks)
        assert.ok(tick.at <= now + CLOCK_DIFFERENCE_MS, `${tick.at} is ahead of ${now}`);
      before = now;
    }
  });

  if (traits.resumes)
    proves('goes on after the last durable tick and repeats none', async (trial, t) => {
      const first = new SourceWitness();
      await startIn(trial, first);
      await hear(trial, first, 3);
      await trial.source.stop();
      const said = positionsOf([...first.past, ...first.ticks]);
      const again = await make(t);
      const second = new SourceWitness();
      try {
        await startIn(again, second, said);
        await hear(again, second, 1);
        for (const tick of [...second.past, ...second.ticks]) {
          const before = said.get(tick.symbol);
          if (before === undefined) continue;
          if (tick.sequence !== undefined && before.sequence !== null)
            assert.ok(tick.sequence > before.sequence, `${tick.symbol} ${tick.sequence} was said before`);
          else assert.ok(tick.at >= before.at, `${tick.symbol} goes back to ${tick.at}`);
        }
      } finally {
        await again.source.stop();
        await again.close();
      }
    });
}
