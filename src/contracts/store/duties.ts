/**
 * Who fetches which part of the instruments, where several processes could. Each time somebody begins with a part, that
 * duty gets a higher number than any had before. Whoever does not say in time that they live has no part any more.
 * Every step is one transaction; time is the store's.
 */
export interface DutyMember {
  readonly name: string;
  /** How much it takes beside the others; nothing at 0. */
  readonly capacity: number;
}

export interface DutyPart {
  readonly part: number;
  /** As it was said last; 0 where nobody has yet. */
  readonly weight: number;
  /** Null where nobody who lives has it. */
  readonly member: string | null;
  /** Of whoever began with it last. */
  readonly duty: number;
}

export interface DutyStore {
  /**
   * The member lives, for `leaseMs` from now, and its parts weigh so much. The answer is who else does, and the parts
   * anybody ever had.
   */
  beat(
    me: DutyMember,
    weights: ReadonlyMap<number, number>,
    leaseMs: number,
  ): Promise<{ readonly members: readonly DutyMember[]; readonly parts: readonly DutyPart[] }>;
  /** Begins with a part, and says the duty's number; undefined where another who lives has it. */
  begin(member: string, part: number): Promise<number | undefined>;
  /** Nobody has begun with the part since. */
  isNewest(part: number, duty: number): Promise<boolean>;
  /** Nobody has the part any more, unless another has begun with it since. */
  end(part: number, duty: number): Promise<void>;
  /** The member lives no more; what it had is free. */
  leave(member: string): Promise<void>;
}
