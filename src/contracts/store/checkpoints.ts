/**
 * The evaluator's state with its place in the log. Only what changed since the last save is written.
 */
export interface Checkpoint {
  readonly nextOffset: number;
  /** Chunks of engine state by key (a symbol, or `''` for what is common), plain JSON. */
  readonly chunks: ReadonlyMap<string, unknown>;
}

export interface CheckpointStore {
  load(partition: number): Promise<Checkpoint | undefined>;
  /** One transaction: writes the changed chunks (undefined deletes one) and the offset they are all true at. */
  save(partition: number, nextOffset: number, changed: ReadonlyMap<string, unknown>): Promise<void>;
}
