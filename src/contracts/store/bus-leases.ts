/**
 * Who reads which partition, and how far each group has come, kept for a bus whose broker can do neither (RabbitMQ).
 * Every step is one transaction; time is the database's.
 */
export interface BusGroup {
  readonly topic: string;
  readonly group: string;
}

export interface LeaseHeld {
  readonly partition: number;
  /** Rises whenever the partition changes hands. */
  readonly token: number;
  /** False where it is to be let go of, for a fair share. */
  readonly keep: boolean;
}

export interface BusLeaseStore {
  /** Writes down into how many parts a topic is divided, where nobody has; the answer is what is written. */
  partitions(topic: string, wanted: number): Promise<number>;
  /**
   * The member lives, for `leaseMs` from now, and is given what it may own: everybody keeps what they have up to an even
   * share, one that leaves has none, what is free is dealt to those with less. A partition changes hands only when its
   * member has let go of it or is over.
   */
  beat(
    of: BusGroup & { readonly member: string; readonly partitions: number },
    leaseMs: number,
    leaves: boolean,
  ): Promise<{
    readonly held: readonly LeaseHeld[];
    /** It was not known before: the others have something to move. */
    readonly isNew: boolean;
  }>;
  letGo(of: BusGroup & { readonly member: string }, partitions: readonly number[], leaves: boolean): Promise<void>;
  /** False, and nothing changes, where the partition has another reader than the one of this token (0: none) by now. */
  commit(of: BusGroup, partition: number, token: number, nextOffset: number): Promise<boolean>;
  committed(of: BusGroup, partition: number): Promise<number | undefined>;
  /** Which log of the partition this is, from 1: offsets of a later one are all higher. */
  generation(topic: string, partition: number): Promise<number>;
  /** The broker has lost the log and begins another. */
  beginAnew(topic: string, partition: number): Promise<void>;
}
