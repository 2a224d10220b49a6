/**
 * One partition under evaluation: its engine, how far it has read, and what of that is saved. Batches and saves take
 * turns, so that what is saved is always the engine's state at one offset whose effects are durable.
 */
import type { Batch, Bus } from '#contracts/bus.ts';
import type { CheckpointStore } from '#contracts/store/checkpoints.ts';
import type { PriceEvent } from '#contracts/topics.ts';
import { Engine } from '#domain/engine/engine.ts';
import type { Effect } from '#domain/engine/event.ts';
import type { Persistence } from '../persistence.ts';

export const GROUP = 'evaluate';

export interface PartitionDeps {
  readonly bus: Bus;
  readonly checkpoints: CheckpointStore;
  /** Makes the effects durable and tells of them; false where the role was stopped before that. */
  readonly settle: (effects: readonly Effect[]) => Promise<boolean>;
  readonly persistence: Persistence;
}

export class Partition {
  readonly number: number;
  readonly engine: Engine;
  readonly #deps: PartitionDeps;
  #nextOffset: number | undefined;
  #savedOffset: number | undefined;
  #unsavedEvents = 0;
  #turn: Promise<unknown> = Promise.resolve();
  /** Effects were left undone: nothing of the engine may be saved, what is missing is read again after a restart. */
  #isAbandoned = false;

  private constructor(deps: PartitionDeps, number: number, engine: Engine, nextOffset: number | undefined) {
    this.#deps = deps;
    this.number = number;
    this.engine = engine;
    this.#nextOffset = nextOffset;
    this.#savedOffset = nextOffset;
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
    const engine = checkpoint === undefined ? new Engine() : Engine.restore(checkpoint.chunks);
    return new Partition(deps, number, engine, checkpoint?.nextOffset);
  }

  get nextOffset(): number | undefined {
    return this.#nextOffset;
  }

  get unsavedEvents(): number {
    return this.#unsavedEvents;
  }

  take(batch: Batch<PriceEvent>): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#isAbandoned) return;
      const effects: Effect[] = [];
      // Until its effects are durable, the engine is ahead of the truth.
      this.#isAbandoned = true;
      for (const { value } of batch.messages) if (value.kind !== 'late-tick') this.engine.apply(value, effects);
      if (effects.length > 0 && !(await this.#deps.settle(effects))) return;
      this.#isAbandoned = false;
      this.#unsavedEvents += batch.messages.length;
      this.#nextOffset = batch.nextOffset;
    });
  }

  /** Makes durable what has changed since the last time, and only then lets the log forget what came before. */
  save(): Promise<void> {
    return this.#inTurn(async () => {
      const nextOffset = this.#nextOffset;
      if (this.#isAbandoned || nextOffset === undefined || nextOffset === this.#savedOffset) return;
      const { bus, checkpoints, persistence } = this.#deps;
      const changes = this.engine.takeChanges();
      const saved = await persistence.unlessStopped('save the checkpoint', () =>
        checkpoints.save(this.number, nextOffset, changes),
      );
      if (saved === undefined) {
        this.#isAbandoned = true;
        return;
      }
      this.#savedOffset = nextOffset;
      this.#unsavedEvents = 0;
      await persistence.unlessStopped('commit', () => bus.commit('stock-prices', GROUP, this.number, nextOffset));
    });
  }

  #inTurn(task: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(task);
    this.#turn = done.catch(() => {});
    return done;
  }
}
