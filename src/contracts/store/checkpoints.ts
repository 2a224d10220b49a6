/**
 * The evaluator's state with its place in the log. Only what changed since the last save is written.
 */
export interface Checkpoint {
  readonly nextOffset: number;
  /** Chunks of engine state by key (a symbol, or `''` for what is common), plain JSON. */
  readonly chunks: ReadonlyMap<string, unknown>;
}

export interface CheckpointStore {
  /**
   * Comes before the first save: whoever reads a partition begins with what was saved. It takes the partition: what
   * whoever loaded it before still writes (a process that was paused, or cut off) changes nothing from now on.
   */
  load(partition: number): Promise<Checkpoint | undefined>;
  /**
   * Writes the changed chunks, as JSON text (undefined deletes one), and the offset they are all true at: all of it or,
   * where it is cut short, nothing. Others use the store meanwhile, however much there is to write. False, and nothing is
   * changed, where another has loaded the partition since.
   */
  save(partition: number, nextOffset: number, changed: ReadonlyMap<string, string | undefined>): Promise<boolean>;
  /**
   * Comes before the first load. Where there were another number of partitions, each chunk goes where `placesOf` says (to
   * several: a copy each; to none: it is gone), and whoever holds a partition holds it no more; true then. What `placesOf`
   * throws leaves all as it was. A partition that is new begins where the one that had read least far was.
   */
  divide(partitions: number, placesOf: (key: string, from: number) => readonly number[]): Promise<boolean>;
}
