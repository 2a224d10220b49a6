/**
 * What PostgreSQL's background workers do elsewhere: PGlite has none, so without this its log would grow for ever and
 * no dead row would be taken away.
 */
import type pg from 'pg';
import type { Log } from '#contracts/log.ts';

/** Often enough that the log stays near the limit below at full speed, seldom enough to cost nothing. */
const UPKEEP_EVERY_MS = 30_000;
/** The write-ahead log is read through after a crash: 64 MB take about a second. */
const MAX_LOG_BYTES = 64 * 1024 * 1024;
/** As autovacuum's defaults, by share; the floor keeps small tables from being cleaned all the time. */
const DEAD_SHARE = 0.2;
const DEAD_FLOOR = 2000;

/** Runs until the answer is called, which waits for a round under way. */
export function keepInShape(pool: pg.Pool, log: Log): () => Promise<void> {
  let round: Promise<void> = Promise.resolve();
  let busy = false;
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    round = upkeep(pool)
      .catch((error: unknown) => log.warn({ error: String(error) }, 'upkeep of the embedded database failed'))
      .finally(() => {
        busy = false;
      });
  }, UPKEEP_EVERY_MS);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await round;
  };
}

export async function upkeep(pool: pg.Pool, maxLogBytes = MAX_LOG_BYTES): Promise<void> {
  const { rows: tables } = await pool.query<{ name: string }>(
    `select quote_ident(relname) as name from pg_stat_user_tables
     where n_dead_tup > $1 + $2::double precision * n_live_tup or n_mod_since_analyze > $1 + $2::double precision * n_live_tup`,
    [DEAD_FLOOR, DEAD_SHARE],
  );
  for (const { name } of tables) await pool.query(`vacuum (analyze) ${name}`);
  const { rows } = await pool.query<{ bytes: number }>(
    'select pg_wal_lsn_diff(pg_current_wal_lsn(), redo_lsn)::bigint as bytes from pg_control_checkpoint()',
  );
  if ((rows[0]?.bytes ?? 0) > maxLogBytes) await pool.query('checkpoint');
}
