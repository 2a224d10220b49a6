/**
 * The partitions that single ticks stand in, by time. Each is made when the first tick comes that belongs there, or a
 * while before; one that is past retention is dropped whole.
 *
 * How long a partition is follows from how many there may be: a day of late, and the longer the farther its time is from
 * now, so that a recording of any year finds a place and decades of thin history do not make thousands of tables. None is
 * made where nothing is recorded. Making one holds up nobody who reads or writes; two processes that need the same one
 * make it once.
 */
import { sql } from 'kysely';
import { bucketStart } from '#domain/market/candle.ts';
import type { Sql, SqlTransaction } from './schema.ts';

export const TICKS_TABLE = 'ticks_by_time';

const DAY_MS = 86_400_000;
/** Each eight of the one before: a long one never lies across the edge of a longer. */
const LENGTHS_MS = [DAY_MS, 8 * DAY_MS, 64 * DAY_MS, 512 * DAY_MS] as const;
/** Of one length; the server looks at each for a read that cannot say which it needs. */
const MAX_OF_A_LENGTH = 64;
/** The next one is made so long before its first tick is expected: nobody waits for it at midnight. */
const AHEAD_MS = 6 * 3_600_000;
/** A drop waits for whoever reads, and who comes next waits behind it: for no longer than this. It is tried again. */
const DROP_TIMEOUT_MS = 1_000;
/** Any number; whoever makes or drops a partition holds it. */
const PARTS_LOCK = 0x70c52;
/** A row that fits in none: it was dropped by another process since we looked. */
const NO_PARTITION = '23514';
const LOCK_NOT_AVAILABLE = '55P03';
/** A partition that is dropped again and again just before its row comes. */
const TRIES = 5;

export interface Part {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}
/** Runs a text of SQL; in a transaction where it makes something. */
export type RunSql = (text: string) => Promise<readonly Readonly<Record<string, unknown>>[]>;

export interface PartLengths {
  readonly now: number;
  readonly retentionMs: number;
}

/** Where a tick of this time belongs, between the partitions that there are. */
export function partFor(at: number, { now, retentionMs }: PartLengths, parts: readonly Part[]): Part {
  const reach = Math.max(retentionMs, Math.abs(now - at));
  const length = LENGTHS_MS.find((one) => one * MAX_OF_A_LENGTH >= reach) ?? LENGTHS_MS[3];
  const start = bucketStart(at, length);
  const from = Math.max(start, ...parts.filter((part) => part.to <= at).map((part) => part.to));
  const to = Math.min(start + length, ...parts.filter((part) => part.from > at).map((part) => part.from));
  return { name: nameOf(from), from, to };
}

/** By its first day, for whoever looks at the tables. */
function nameOf(from: number): string {
  return `ticks_${new Date(from).toISOString().slice(0, -14).replaceAll('-', '_').replace('+', 'y')}`;
}

const covers = (parts: readonly Part[], at: number): boolean => parts.some(({ from, to }) => from <= at && at < to);

export async function readParts(run: RunSql): Promise<readonly Part[]> {
  const rows = await run(`select c.relname as name, pg_get_expr(c.relpartbound, c.oid) as bound
    from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = '${TICKS_TABLE}'::regclass`);
  return rows.map(({ name, bound }) => {
    const [from, to] = [...String(bound).matchAll(/'(-?\d+)'/g)].map(([, text]) => Number(text));
    if (from === undefined || to === undefined) throw new Error(`${name} has no bounds: ${bound}`);
    return { name: String(name), from, to };
  });
}

/** Makes what is missing for these times, within a transaction. */
export async function makeParts(run: RunSql, ats: Iterable<number>, lengths: PartLengths): Promise<readonly Part[]> {
  await run(`select pg_advisory_xact_lock(${PARTS_LOCK})`);
  const parts = [...(await readParts(run))];
  for (const at of ats) {
    if (covers(parts, at)) continue;
    const part = partFor(at, lengths, parts);
    // Made by itself and then attached: so nobody who reads or writes the others waits.
    await run(`create table ${part.name} (like ${TICKS_TABLE})`);
    await run(
      `alter table ${TICKS_TABLE} attach partition ${part.name} for values from (${part.from}) to (${part.to})`,
    );
    parts.push(part);
  }
  return parts;
}

export class TickParts {
  readonly #db: Sql;
  readonly #now: () => number;
  readonly #retentionMs: number;
  #known: readonly Part[] = [];

  constructor(db: Sql, now: () => number, retentionMs: number) {
    this.#db = db;
    this.#now = now;
    this.#retentionMs = retentionMs;
  }

  /** Does what adds ticks of these times, each of which finds its place. */
  async withPlaceFor<T>(ats: readonly number[], add: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      await this.#makePlace(ats);
      try {
        return await add();
      } catch (error) {
        if ((error as { code?: unknown }).code !== NO_PARTITION || tries === TRIES) throw error;
        this.#known = [];
      }
    }
  }

  /** Drops those that end by then; true where one is left because it is being read. */
  async dropBefore(before: number): Promise<boolean> {
    const isOld = ({ to }: Part): boolean => to <= before;
    let isLeft = false;
    for (const { name } of (await readParts(runIn(this.#db))).filter(isOld)) {
      try {
        await this.#db.transaction().execute(async (trx) => {
          await sql`select set_config('lock_timeout', ${String(DROP_TIMEOUT_MS)}, true)`.execute(trx);
          await sql`select pg_advisory_xact_lock(${PARTS_LOCK})`.execute(trx);
          await sql`drop table if exists ${sql.table(name)}`.execute(trx);
        });
      } catch (error) {
        if ((error as { code?: unknown }).code !== LOCK_NOT_AVAILABLE) throw error;
        isLeft = true;
      }
    }
    this.#known = [];
    return isLeft;
  }

  async #makePlace(ats: readonly number[]): Promise<void> {
    const missing = new Set<number>();
    let newest = Number.NEGATIVE_INFINITY;
    let last: Part | undefined;
    for (const at of ats) {
      if (at > newest) newest = at;
      if (last !== undefined && last.from <= at && at < last.to) continue;
      last = this.#known.find(({ from, to }) => from <= at && at < to);
      if (last === undefined) missing.add(at);
    }
    if (ats.length > 0 && !covers(this.#known, newest + AHEAD_MS)) missing.add(newest + AHEAD_MS);
    if (missing.size === 0) return;
    const lengths = { now: this.#now(), retentionMs: this.#retentionMs };
    this.#known = await this.#db.transaction().execute((trx) => makeParts(runIn(trx), missing, lengths));
  }
}

const runIn =
  (db: Sql | SqlTransaction): RunSql =>
  async (text) =>
    (await sql.raw<Readonly<Record<string, unknown>>>(text).execute(db)).rows;
