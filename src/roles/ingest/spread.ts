/**
 * The ingest role where several processes run it: each fetches some parts of the instruments, by what the parts weigh and
 * what the processes take, and takes pushed prices for them.
 *
 *   free ──> begun with (a duty) ──> fetched here ──> ended, free       (it weighs too much here, or we leave)
 *                                        └─────────> ended              (lost: we were not heard of in time)
 *
 * Promises: a part that is free, because its process died or left, is begun with by another within LEASE_MS and two beats.
 * Two may fetch a part for a moment, where one was paused or cut off: what it says then counts for nothing, by the
 * number of its duty (roles/duty-fence.ts). While the store cannot be asked everybody goes on with what they have.
 */
import type { Bus, Subscription } from '#contracts/bus.ts';
import { type Clock, every } from '#contracts/clock.ts';
import type { Log } from '#contracts/log.ts';
import type { Metrics } from '#contracts/metrics.ts';
import type { Crash, Role } from '#contracts/role.ts';
import type { DutyStore } from '#contracts/store/duties.ts';
import { Failure } from '#errors.ts';
import type { Desk } from '../asks/desk.ts';
import { fairParts } from './fair-parts.ts';
import type { IngestRole } from './ingest.ts';
import type { PartOnDuty } from './part.ts';

/** Long enough for a busy database or a pause of the collector, short enough that a part is fetched again within 10 s. */
export const LEASE_MS = 5_000;
export const BEAT_MS = 1_000;
/** The page shows how sources are; it may be this old. */
const TELL_EVERY_MS = 2_000;
/** Longer than this without a word from the store and the role is not well. */
const UNWELL_AFTER_MS = 10_000;

export interface SpreadDeps {
  readonly bus: Pick<Bus, 'partitions'>;
  readonly desk: Desk;
  readonly duties: DutyStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly crash: Crash;
  /** Unlike that of any other process. */
  readonly name: string;
  /** How much this process takes beside the others. */
  readonly capacity: number;
  /** What is fetched cannot be divided: it is one part. */
  readonly isWhole: boolean;
  /** Anew for each duty: sources are not started twice. */
  readonly start: (part: PartOnDuty) => Promise<IngestRole>;
}

/** A part that is ours. */
interface Seat {
  readonly part: number;
  readonly duty: number;
  role: IngestRole | null;
  taking: Subscription | null;
  begun: Promise<void>;
  ending: Promise<void> | null;
}

export async function startIngestSpread(deps: SpreadDeps): Promise<Role> {
  const { bus, desk, duties, clock, log, metrics, name } = deps;
  const all = Array.from({ length: bus.partitions('stock-prices') }, (_, partition) => partition);
  const count = deps.isWhole ? 1 : all.length;
  const seats = new Map<number, Seat>();
  let isLeaving = false;
  let heardAt = clock.now();
  let problem: string | null = null;
  const crash = (error: unknown): void => deps.crash('ingest', error);
  metrics
    .gauge({ name: 'ingestor_parts', help: 'Parts of the instruments that this process fetches.' })
    .reads(() => [[seats.size, {}]]);

  const tell = async ({ part, role, ending }: Seat): Promise<void> => {
    if (role !== null && ending === null) await desk.tellSources(part, role.status());
  };
  const untold = (error: unknown): void => log.warn({ error: String(error) }, 'the state of the sources was not told');

  const sit = (part: number, duty: number): void => {
    const partition = deps.isWhole ? undefined : part;
    const seat: Seat = { part, duty, role: null, taking: null, begun: Promise.resolve(), ending: null };
    seats.set(part, seat);
    log.info({ part, parts: count, duty }, 'on duty: the sources run here');
    const started = deps.start({ partition, duty, isNewest: () => duties.isNewest(part, duty) });
    seat.begun = started.then((role) => {
      seat.role = role;
      seat.taking = desk.takePushes(partition === undefined ? all : [partition], (ticks) => role.push(ticks));
      tell(seat).catch(untold);
    });
    seat.begun.catch(crash);
  };
  const rise = (seat: Seat): Promise<void> => {
    seat.ending ??= (async () => {
      const { part, duty } = seat;
      await seat.begun;
      // Together: what is in hand may wait for the end, where another is on duty already.
      await Promise.all([seat.taking?.close(), seat.role?.stop()]);
      seats.delete(part);
      await duties.end(part, duty);
      desk.sayFree();
      log.info({ part, duty }, 'no longer on duty');
    })().catch((error: unknown) => {
      // Where the store is away the lease runs out by itself.
      if (!(error instanceof Failure)) crash(error);
    });
    return seat.ending;
  };

  const settle = async (): Promise<void> => {
    const weights = new Map<number, number>();
    for (const { part, role } of seats.values()) {
      const weight = role?.weight() ?? null;
      if (weight !== null) weights.set(part, weight);
    }
    const capacity = isLeaving ? 0 : deps.capacity;
    const { members, parts } = await duties.beat({ name, capacity }, weights, LEASE_MS);
    const wanted = fairParts(count, parts, members);
    const known = new Map(parts.map((one) => [one.part, one]));
    for (const seat of seats.values()) {
      const row = known.get(seat.part);
      const isLost = row?.member !== name || row.duty !== seat.duty;
      if (isLost && seat.ending === null) log.warn({ part: seat.part }, 'a part was lost: the lease had run out');
      if (isLost || wanted.get(seat.part) !== name) void rise(seat);
    }
    // The store was away, or we were: those who have something say so now.
    if (clock.now() - heardAt > LEASE_MS / 2) return;
    // What we were given, or let go of, when the answer was lost.
    for (const { part, member, duty } of parts)
      if (member === name && !seats.has(part) && wanted.get(part) !== name) await duties.end(part, duty);
    for (const [part, member] of wanted) {
      const owner = known.get(part)?.member ?? null;
      if (member !== name || seats.has(part) || (owner !== null && owner !== name)) continue;
      const duty = await duties.begin(name, part);
      if (duty === undefined) continue;
      if (isLeaving) await duties.end(part, duty);
      else sit(part, duty);
    }
  };
  const beat = async (): Promise<void> => {
    try {
      await settle();
      heardAt = clock.now();
      problem = null;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      if (problem === null) log.warn({ error: error.message }, 'the store does not say who fetches what; trying again');
      problem = `cannot say that it lives: ${error.message}`;
    }
  };

  let turn = Promise.resolve();
  const beatInTurn = (): Promise<void> => {
    turn = turn.then(beat);
    return turn;
  };
  await beatInTurn();
  desk.onFree(() => void beatInTurn().catch(crash));
  const stopBeating = every(clock, BEAT_MS, beatInTurn, crash);
  const stopTelling = every(clock, TELL_EVERY_MS, () => Promise.all([...seats.values()].map(tell)), untold);
  return {
    name: 'ingest',
    health() {
      for (const { role } of seats.values()) {
        const found = role?.health() ?? null;
        if (found !== null) return found;
      }
      return clock.now() - heardAt > UNWELL_AFTER_MS ? problem : null;
    },
    async stop() {
      isLeaving = true;
      await Promise.all([...seats.values()].map(rise));
      desk.onFree(() => {});
      await Promise.all([stopBeating(), stopTelling(), turn]);
      await duties.leave(name).catch((error: unknown) => {
        if (!(error instanceof Failure)) throw error;
      });
    },
  };
}
