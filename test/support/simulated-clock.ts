/**
 * A clock whose time only the test moves. Tasks run in the order they are due, each at its own moment; between two of
 * them the program gets the chance to do what the first one started.
 */
import type { Clock } from '#contracts/clock.ts';

const PACE_MS = 5;

interface Task {
  readonly dueAt: number;
  readonly run: () => void;
}

export class SimulatedClock implements Clock {
  private time: number;
  private tasks: Task[] = [];

  constructor(startAt = Date.UTC(2024, 0, 1)) {
    this.time = startAt;
  }

  now(): number {
    return this.time;
  }

  after(delayMs: number, run: () => void): () => void {
    // Whole milliseconds, as of any clock.
    const task: Task = { dueAt: this.time + Math.max(0, Math.ceil(delayMs)), run };
    // Behind every task due at the same moment: first come, first served.
    const next = this.tasks.findIndex((other) => other.dueAt > task.dueAt);
    this.tasks.splice(next === -1 ? this.tasks.length : next, 0, task);
    return () => {
      this.tasks = this.tasks.filter((other) => other !== task);
    };
  }

  /** Tasks still waiting: none may be left when everything is stopped. */
  get waiting(): number {
    return this.tasks.length;
  }

  /** When the next task is due, null where none waits. */
  get nextDueAt(): number | null {
    return this.tasks[0]?.dueAt ?? null;
  }

  /** Moves time on and runs what falls due, in order, including what those tasks schedule. */
  async advance(byMs: number): Promise<void> {
    const end = this.time + byMs;
    await settle();
    while (this.tasks[0] !== undefined && this.tasks[0].dueAt <= end) {
      const task = this.tasks.shift() as Task;
      this.time = Math.max(this.time, task.dueAt);
      task.run();
      await settle();
    }
    this.time = end;
  }
}

/**
 * Lets time pass, no faster than it does, until the promise is settled: where a real server answers, an hour must not go by
 * while it does.
 */
export async function atRealPace<T>(clock: SimulatedClock, promise: Promise<T>): Promise<T> {
  let isSettled = false;
  const settled = (): void => {
    isSettled = true;
  };
  promise.then(settled, settled);
  while (!isSettled) {
    await new Promise((later) => setTimeout(later, PACE_MS));
    await clock.advance(PACE_MS);
  }
  return promise;
}

/** Lets every promise that can go on without time or the outside go on. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise<void>((resume) => setImmediate(resume));
}
