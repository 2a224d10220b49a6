/**
 * One life of the simulated program. Everything durable or outside is called through it, and at any such call it may
 * die: before the call has had its effect, or after, with the answer lost. From then on nothing it does reaches the
 * world: calls are never made, answers never come, timers never ring. What lies on the other side lives on.
 */
import type { Clock } from '#contracts/clock.ts';
import { Failure } from '#errors.ts';

const NEVER = new Promise<never>(() => {});

/** Where a life ends: at its n-th step (each call has two, before and after its effect), or at a step of this name. */
export type Death = { readonly step: number } | { readonly place: string; readonly occurrence: number };

export interface LifeOptions {
  /** Null for a life that lasts. */
  readonly death: Death | null;
  /** Asked at each call of the store: does it fail now? `after` its effect is the cruel case: done, but not told. */
  failure(): 'before' | 'after' | null;
}

export class Life {
  alive = true;
  /** Calls that have been made and not yet answered. */
  pending = 0;
  steps = 0;
  /** How often each step was come to. */
  readonly visits = new Map<string, number>();
  /** The call at which it died. */
  diedAt = '';
  private readonly options: LifeOptions;

  constructor(options: LifeOptions) {
    this.options = options;
  }

  die(where: string): void {
    this.alive = false;
    this.diedAt = where;
  }

  /** Guards every method of `target`, and of the objects in it, that answers with a promise. */
  guard<T extends object>(target: T, name: string, fallible: boolean): T {
    const guarded = new Map<string | symbol, unknown>();
    return new Proxy(target, {
      get: (_, key) => {
        const value: unknown = Reflect.get(target, key);
        if (typeof value === 'function') {
          if (!guarded.has(key))
            guarded.set(key, (...args: unknown[]) =>
              this.call(`${name}.${String(key)}`, fallible, () => Reflect.apply(value, target, args)),
            );
          return guarded.get(key);
        }
        if (typeof value === 'object' && value !== null) {
          if (!guarded.has(key)) guarded.set(key, this.guard(value, `${name}.${String(key)}`, fallible));
          return guarded.get(key);
        }
        return value;
      },
    });
  }

  clock(clock: Clock): Clock {
    return {
      now: () => clock.now(),
      after: (delayMs, task) =>
        clock.after(delayMs, () => {
          if (this.alive) task();
        }),
    };
  }

  private diesHere(where: string): boolean {
    this.steps += 1;
    const visit = (this.visits.get(where) ?? 0) + 1;
    this.visits.set(where, visit);
    const { death } = this.options;
    if (death && ('step' in death ? death.step === this.steps : death.place === where && death.occurrence === visit))
      this.die(where);
    return !this.alive;
  }

  private call(where: string, fallible: boolean, effect: () => unknown): unknown {
    if (!this.alive) return NEVER;
    if (this.diesHere(`before ${where}`)) return NEVER;
    const failure = fallible ? this.options.failure() : null;
    if (failure === 'before') return Promise.reject(new Failure('store-unavailable', `${where}, simulated`));
    const answer = effect();
    if (!(answer instanceof Promise)) return answer;
    this.pending += 1;
    return answer.then(
      (value: unknown) => {
        this.pending -= 1;
        if (!this.alive || this.diesHere(`after ${where}`)) return NEVER;
        if (failure === 'after') throw new Failure('store-unavailable', `${where}, simulated, after its effect`);
        return value;
      },
      (error: unknown) => {
        this.pending -= 1;
        if (!this.alive) return NEVER;
        throw error;
      },
    );
  }
}
