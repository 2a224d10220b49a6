/**
 * One partition under evaluation: its engine, how far it has read, and what of that is saved. Batches and the taking of
 * what is to be saved take turns, so that what is saved is always the engine's state at one offset whose effects are
 * durable; it is written behind, while evaluation goes on. Both let everything else have its turn every few milliseconds.
 */
import type { Batch, Bus } from '#contracts/bus.ts';
import { type Clock, sleep } from '#contracts/clock.ts';
import { eventsIn } from '#contracts/price-events.ts';
import type { CheckpointStore } from '#contracts/store/checkpoints.ts';
import type { PriceEvent } from '#contracts/topics.ts';
import { Engine } from '#domain/engine/engine.ts';
import type { Effect } from '#domain/engine/event.ts';
import { DutyFence } from '../duty-fence.ts';
import type { Persistence } from '../persistence.ts';
import type { TracedTick } from './batch-traces.ts';
import type { Settlement } from './settlement.ts';

export const GROUP = 'evaluate';

/** Events and their effects between two turns of everything else: a few milliseconds, were each to arm or fire. */
const SLICE_WORK = 1_000;
/** Chunks of up to 64 alerts taken between two turns of everything else: two milliseconds. */
const SLICE_CHUNKS = 32;
/** Beside the chunks of the engine. */
export const DUTY_CHUNK = 'duty';

export interface PartitionDeps {
  readonly bus: Bus;
  readonly checkpoints: CheckpointStore;
  readonly newSettlement: () => Settlement;
  readonly persistence: Persistence;
  readonly clock: Clock;
}

/** What is being saved. */
export interface Saving {
  /** Resolves when it is durable, or the role was stopped before. */
  readonly written: Promise<void>;
}

export class Partition {
  readonly number: number;
  readonly engine: Engine;
  readonly #deps: PartitionDeps;
  readonly #settlement: Settlement;
  readonly #fence: DutyFence;
  #savedDuty: number;
  #nextOffset: number | undefined;
  #savedOffset: number | undefined;
  #unsavedEvents = 0;
  /** When what is written was taken, or all that had come was written. */
  #writtenAt: number;
  #turn: Promise<unknown> = Promise.resolve();
  /** Saves come one after the other, each when the one before is written. */
  #saves: Promise<unknown> = Promise.resolve();
  /** Effects were left undone: nothing of the engine may be saved, what is missing is read again after a restart. */
  #isAbandoned = false;
  /** What was taken was not written: no later save would be whole. */
  #isTorn = false;

  private constructor(
    deps: PartitionDeps,
    number: number,
    engine: Engine,
    duty: number,
    nextOffset: number | undefined,
  ) {
    this.#deps = deps;
    this.#settlement = deps.newSettlement();
    this.number = number;
    this.engine = engine;
    this.#fence = new DutyFence(duty);
    this.#savedDuty = duty;
    this.#nextOffset = nextOffset;
    this.#savedOffset = nextOffset;
    this.#writtenAt = deps.clock.now();
  }

  /** As it was saved last, or new; undefined where the role was stopped before that was known. */
  static async load(deps: PartitionDeps, number: number): Promise<Partition | undefined> {
    const loaded = await deps.persistence.unlessStopped('load the checkpoint', () => deps.checkpoints.load(number));
    if (loaded === undefined) return undefined;
    const { value: checkpoint } = loaded;
    // A crash may have come between the checkpoint and its commit.
    if (checkpoint !== undefined)
      await deps.persistence.unlessStopped('commit', () =>
        deps.bus.commit('stock-prices', GROUP, number, checkpoint.nextOffset),
      );
    const chunks = new Map(checkpoint?.chunks);
    const duty = (chunks.get(DUTY_CHUNK) as number | undefined) ?? 0;
    chunks.delete(DUTY_CHUNK);
    const engine = checkpoint === undefined ? new Engine() : Engine.restore(chunks);
    return new Partition(deps, number, engine, duty, checkpoint?.nextOffset);
  }

  get nextOffset(): number | undefined {
    return this.#nextOffset;
  }

  get unsavedEvents(): number {
    return this.#unsavedEvents;
  }

  /** How old the last checkpoint is, where something has come since. */
  get checkpointAgeMs(): number {
    const isWhole = this.#nextOffset === this.#savedOffset && !this.#isTorn;
    return isWhole ? 0 : this.#deps.clock.now() - this.#writtenAt;
  }

  take(batch: Batch<PriceEvent>): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#isAbandoned) return;
      const effects: Effect[] = [];
      const traced: TracedTick[] = [];
      const beganAt = this.#deps.clock.now();
      // Until its effects are durable, the engine is ahead of the truth.
      this.#isAbandoned = true;
      let events = 0;
      let done = 0;
      for (const { value } of batch.messages) {
        const from = effects.length;
        for (const event of this.#fence.passes(value) ? eventsIn(value) : []) {
          events += 1;
          const slices = this.engine.begin(event, effects);
          while (slices !== undefined && slices.next().done !== true) await this.#letOthers();
        }
        if (value.kind === 'tick' && value.trace !== undefined)
          traced.push({ trace: value.trace, symbol: value.tick.symbol, from, to: effects.length });
        if (events + effects.length < done + SLICE_WORK) continue;
        done = events + effects.length;
        await this.#letOthers();
      }
      if (this.checkpointAgeMs === 0) this.#writtenAt = beganAt;
      const isNews = effects.length > 0 || traced.length > 0;
      if (isNews && !(await this.#settlement.settle(effects, traced, beganAt))) return;
      this.#isAbandoned = false;
      this.#unsavedEvents += events;
      this.#nextOffset = batch.nextOffset;
    });
  }

  /** Makes durable what has changed since the last time, and only then lets the log forget what came before. */
  async save(): Promise<void> {
    await (await this.startSave()).written;
  }

  /** The same; evaluation may go on when it resolves. */
  startSave(): Promise<Saving> {
    const started = this.#saves.then(async () => {
      let written = Promise.resolve();
      await this.#inTurn(async () => {
        const nextOffset = this.#nextOffset;
        if (this.#isAbandoned || this.#isTorn || nextOffset === undefined || nextOffset === this.#savedOffset) return;
        // Who reads on from here tells of nothing that was before.
        if (!(await this.#settlement.told())) return;
        const takenAt = this.#deps.clock.now();
        written = this.#write(nextOffset, takenAt, await this.#take());
        this.#savedOffset = nextOffset;
        this.#unsavedEvents = 0;
      });
      return { written };
    });
    this.#saves = started.then(({ written }) => written).catch(() => {});
    return started;
  }

  /** As text at once: a million alerts as objects would cost the collector of garbage a pause. */
  async #take(): Promise<ReadonlyMap<string, string | undefined>> {
    this.#isTorn = true;
    const changes = new Map<string, string | undefined>();
    const { newest } = this.#fence;
    if (newest !== this.#savedDuty) changes.set(DUTY_CHUNK, String(newest));
    this.#savedDuty = newest;
    for (const [key, chunk] of this.engine.eachChange()) {
      changes.set(key, chunk === undefined ? undefined : JSON.stringify(chunk));
      if (changes.size % SLICE_CHUNKS === 0) await this.#letOthers();
    }
    return changes;
  }

  async #write(nextOffset: number, takenAt: number, changes: ReadonlyMap<string, string | undefined>): Promise<void> {
    const { bus, checkpoints, persistence } = this.#deps;
    const saved = await persistence.unlessStopped('save the checkpoint', () =>
      checkpoints.save(this.number, nextOffset, changes),
    );
    if (saved === undefined) return;
    if (!saved.value) {
      // Another process evaluates it by now (ours was paused); the bus will say so.
      this.#isAbandoned = true;
      return;
    }
    this.#isTorn = false;
    this.#writtenAt = takenAt;
    await persistence.unlessStopped('commit', () => bus.commit('stock-prices', GROUP, this.number, nextOffset));
  }

  #letOthers(): Promise<void> {
    return sleep(this.#deps.clock, 0);
  }

  #inTurn(task: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(task);
    this.#turn = done.catch(() => {});
    return done;
  }
}
