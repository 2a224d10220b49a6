/**
 * The ledger of duties in memory, on a clock of the test's: as the store keeps it (its conformance suite says so).
 */
import type { Clock } from '#contracts/clock.ts';
import type { DutyStore } from '#contracts/store/duties.ts';
import { Failure } from '#errors.ts';

export class MemoryDuties implements DutyStore {
  readonly #clock: Clock;
  readonly #members = new Map<string, { capacity: number; heldUntil: number }>();
  readonly #parts = new Map<number, { weight: number; member: string; duty: number }>();
  #begun = 0;
  isAway = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  readonly beat: DutyStore['beat'] = async ({ name, capacity }, weights, leaseMs) => {
    this.#reach();
    this.#members.set(name, { capacity, heldUntil: this.#clock.now() + leaseMs });
    for (const [part, weight] of weights) {
      const row = this.#parts.get(part);
      if (row?.member === name) row.weight = weight;
    }
    const members = [...this.#members].filter(([member]) => this.#isAlive(member));
    return {
      members: members.map(([member, one]) => ({ name: member, capacity: one.capacity })),
      parts: [...this.#parts].map(([part, { weight, member, duty }]) => ({
        ...{ part, weight, duty },
        member: this.#isAlive(member) ? member : null,
      })),
    };
  };

  readonly begin: DutyStore['begin'] = async (member, part) => {
    this.#reach();
    const row = this.#parts.get(part);
    if (row !== undefined && row.member !== member && this.#isAlive(row.member)) return undefined;
    this.#begun += 1;
    this.#parts.set(part, { weight: row?.weight ?? 0, member, duty: this.#begun });
    return this.#begun;
  };

  readonly isNewest: DutyStore['isNewest'] = async (part, duty) => {
    this.#reach();
    return this.#parts.get(part)?.duty === duty;
  };

  readonly end: DutyStore['end'] = async (part, duty) => {
    this.#reach();
    const row = this.#parts.get(part);
    if (row?.duty === duty) row.member = '';
  };

  readonly leave: DutyStore['leave'] = async (member) => {
    this.#reach();
    this.#members.delete(member);
  };

  #reach(): void {
    if (this.isAway) throw new Failure('store-unavailable', 'away');
  }

  #isAlive(member: string): boolean {
    return (this.#members.get(member)?.heldUntil ?? 0) > this.#clock.now();
  }
}
