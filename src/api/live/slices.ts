/**
 * Long rounds of writes, a few milliseconds at a time: ten thousand writes take a tenth of a second, and what must not
 * wait (a trigger, a request) gets its turn between two slices. Rounds are done one after the other.
 */

/** Longest work before others get their turn. */
const SLICE_MS = 4;
/** Steps between two looks at the clock. */
const STEPS = 32;

/** One step of a round; false where that was the last. */
export type Round = () => boolean;

export class Slices {
  private readonly rounds: Round[] = [];
  private readonly onIdle: () => void;
  private next: NodeJS.Immediate | null = null;

  /** `onIdle` is called when the last round that had to wait is done. */
  constructor(onIdle: () => void) {
    this.onIdle = onIdle;
  }

  get isBusy(): boolean {
    return this.rounds.length > 0;
  }

  /** Begins at once, where no other round is under way. */
  add(round: Round): void {
    this.rounds.push(round);
    if (this.rounds.length === 1 && this.next === null) this.work();
  }

  stop(): void {
    if (this.next !== null) clearImmediate(this.next);
    this.next = null;
    this.rounds.length = 0;
  }

  private work(): void {
    const end = performance.now() + SLICE_MS;
    for (let round = this.rounds[0]; round !== undefined; round = this.rounds[0]) {
      let isMore = true;
      for (let step = 0; step < STEPS && isMore; step += 1) isMore = round();
      if (!isMore) this.rounds.shift();
      if (this.isBusy && performance.now() > end) {
        this.next = setImmediate(() => {
          this.next = null;
          this.work();
          if (!this.isBusy) this.onIdle();
        });
        return;
      }
    }
  }
}
