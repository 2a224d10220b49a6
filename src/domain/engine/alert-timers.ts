/**
 * What falls due for the alerts of one watch, each at its own time. It knows which timers still apply; what follows from
 * one is for the alerts' lives.
 */
import { type AlertTable, OVERDUE } from './alert-table.ts';
import { countsTicks } from './holds.ts';
import { isAlive } from './statuses.ts';
import { CLOSE, COOLDOWN, EXPIRY, FULL, REMINDER, SILENCE, type Timer, Timers } from './timers.ts';

/** Timers that no longer apply are dropped when there are this many more than alerts can have. */
const [TIMERS_PER_ALERT, IDLE_TIMERS] = [4, 1024];

export class AlertTimers {
  readonly #table: AlertTable;
  readonly #timers = new Timers();

  constructor(table: AlertTable) {
    this.#table = table;
  }

  get nextDue(): number {
    return this.#timers.nextDue;
  }

  add(due: number, kind: number, slot: number): void {
    if (this.#timers.size > TIMERS_PER_ALERT * this.#table.ids.size + IDLE_TIMERS)
      this.#timers.keep((timer) => this.#applies(timer));
    this.#timers.add({ due, kind, slot });
  }

  /** The next one that is due at `at` or before and still applies. */
  take(at: number): Timer | undefined {
    for (;;) {
      const timer = this.#timers.take(at);
      if (timer === undefined || this.#applies(timer)) return timer;
    }
  }

  /** Of an alert that a checkpoint has brought back. */
  resume(slot: number): void {
    const table = this.#table;
    const add = (due: number | undefined, kind: number): void => {
      if (due !== undefined && due !== OVERDUE) this.#timers.add({ due, kind, slot });
    };
    add(table.expiresAt(slot), EXPIRY);
    add(table.cooldownUntil(slot), COOLDOWN);
    add(table.remindAt.get(slot), REMINDER);
  }

  #applies({ due, kind, slot }: Timer): boolean {
    if (kind === SILENCE || kind === CLOSE) return true;
    const table = this.#table;
    if (kind === FULL) return table.holds.get(slot)?.full === due && !countsTicks(table, slot);
    if (kind === REMINDER) return table.remindAt.get(slot) === due;
    if (kind === COOLDOWN) return table.cooldownUntil(slot) === due;
    return table.expiresAt(slot) === due && isAlive(table.status(slot));
  }
}
