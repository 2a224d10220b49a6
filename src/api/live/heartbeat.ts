/**
 * Looks after every reader once a round: a heartbeat, and an end where nobody is there any more. Readers sit on the
 * places of a wheel, and one timer goes from place to place, so that ten thousand are never looked after at once.
 */
import type { Clock } from '#contracts/clock.ts';
import { HEARTBEAT } from './frame.ts';
import type { Reader } from './reader.ts';

/** Once round: below the 30 s after which common proxies cut a silent connection. */
export const ROUND_MS = 15_000;
const SEATS = 60;
/** Pings a WebSocket may leave unanswered. */
const MAX_UNANSWERED = 2;
/** A reader that has not caught up for this long is not there any more. */
const MAX_BEHIND_MS = 60_000;

export class Heartbeat {
  private readonly clock: Clock;
  private readonly onBeat: () => void;
  private readonly wheel: readonly Reader[][] = Array.from({ length: SEATS }, () => []);
  private hand = 0;
  private nextRound = 0;
  private size = 0;
  private cancel: (() => void) | null = null;

  /** `onBeat` is called at each place of the wheel. */
  constructor(clock: Clock, onBeat: () => void) {
    this.clock = clock;
    this.onBeat = onBeat;
  }

  /** All of them; the list is its own. */
  all(): Reader[] {
    return this.wheel.flat();
  }

  add(reader: Reader): void {
    this.nextRound = (this.nextRound + 1) % SEATS;
    const seats = this.wheel[this.nextRound] as Reader[];
    reader.round = this.nextRound;
    reader.seat = seats.length;
    seats.push(reader);
    this.size += 1;
    this.wind();
  }

  remove(reader: Reader): void {
    const seats = this.wheel[reader.round] as Reader[];
    const last = seats.pop() as Reader;
    if (last !== reader) {
      seats[reader.seat] = last;
      last.seat = reader.seat;
    }
    this.size -= 1;
    if (this.size === 0) this.stop();
  }

  stop(): void {
    this.cancel?.();
    this.cancel = null;
  }

  private wind(): void {
    this.cancel ??= this.clock.after(ROUND_MS / SEATS, () => {
      this.cancel = null;
      this.hand = (this.hand + 1) % SEATS;
      for (const reader of [...(this.wheel[this.hand] as Reader[])]) this.look(reader);
      this.onBeat();
      if (this.size > 0) this.wind();
    });
  }

  private look(reader: Reader): void {
    if (reader.isClosed) {
      // It has been told to go, and had a round for reading it.
      if (reader.isLeaving) reader.cut();
      reader.isLeaving = true;
    } else if (reader.stalledFor(this.clock.now()) > MAX_BEHIND_MS) {
      reader.close('too slow');
      reader.cut();
    } else if (!reader.isIdle) return;
    else if (reader.transport === 'ws' && ++reader.unanswered > MAX_UNANSWERED) reader.close('no answer');
    else reader.write(HEARTBEAT[reader.transport]);
  }
}
