/**
 * Long work a few milliseconds at a time: ten thousand writes take a tenth of a second, and what must not wait (a
 * trigger, a request) gets its turn between two slices.
 */

/** Longest work before others get their turn. */
const SLICE_MS = 4;
/** Steps between two looks at the clock. */
const STEPS = 32;

export class Slices {
  private readonly step: () => boolean;
  private next: NodeJS.Immediate | null = null;

  /** `step` does a little of the work; false where nothing is left to do. */
  constructor(step: () => boolean) {
    this.step = step;
  }

  get isBusy(): boolean {
    return this.next !== null;
  }

  /** There is something to do: begins at once, unless it is under way. */
  begin(): void {
    if (this.next === null) this.work();
  }

  stop(): void {
    if (this.next !== null) clearImmediate(this.next);
    this.next = null;
  }

  private work(): void {
    const end = performance.now() + SLICE_MS;
    do {
      for (let step = 0; step < STEPS; step += 1) if (!this.step()) return;
    } while (performance.now() < end);
    this.next = setImmediate(() => {
      this.next = null;
      this.work();
    });
  }
}
