/**
 * Kysely's dialect for a server, with fewer waits. Each question of a transaction that waits for its answer costs two turns
 * of the processor, the server's and ours, and on a busy machine that is most of what a small transaction takes. So
 * `begin` goes out together with a question behind it that only reads, and `commit` together with the last.
 *
 * Promises: nothing that writes is sent before the server has said that the transaction has begun; where it has not, what
 * was read is not answered either. A transaction is done when its commit is answered, as ever.
 */
import {
  AbortedTransactionError,
  CompiledQuery,
  type DatabaseConnection,
  PostgresDialect,
  PostgresDriver,
  type QueryResult,
} from 'kysely';
import type pg from 'pg';

/** What begins with it is the last of its transaction; anywhere else it says nothing. */
export const AND_COMMIT = '/* and commit */';
/** Locks that it may take are gone at once where no transaction holds them. */
const READS = /^\s*select\b/i;

type Connection = Parameters<PostgresDriver['rollbackTransaction']>[0];
type Ask = DatabaseConnection['executeQuery'];

interface Transaction {
  /** Undefined when it is answered. */
  begun: Promise<unknown> | undefined;
  /** Where it went out with the last question. */
  commit: Promise<QueryResult<unknown>> | undefined;
}

export class PipelinedDialect extends PostgresDialect {
  readonly #pool: pg.Pool;

  /** Of clients that send a question while another is being answered (`pipeline`). */
  constructor(pool: pg.Pool) {
    super({ pool });
    this.#pool = pool;
  }

  override createDriver(): PostgresDriver {
    return new PipelinedDriver({ pool: this.#pool });
  }
}

class PipelinedDriver extends PostgresDriver {
  readonly #asks = new WeakMap<DatabaseConnection, Ask>();
  readonly #open = new WeakMap<DatabaseConnection, Transaction>();

  override async acquireConnection(
    ...options: Parameters<PostgresDriver['acquireConnection']>
  ): Promise<DatabaseConnection> {
    const connection = await super.acquireConnection(...options);
    if (!this.#asks.has(connection)) {
      const ask: Ask = connection.executeQuery.bind(connection);
      this.#asks.set(connection, ask);
      connection.executeQuery = (query) => this.#execute(connection, ask, query);
    }
    return connection;
  }

  async #execute<R>(connection: DatabaseConnection, ask: Ask, query: CompiledQuery): Promise<QueryResult<R>> {
    const transaction = this.#open.get(connection);
    if (transaction === undefined) return ask(query);
    const { begun } = transaction;
    if (begun !== undefined && READS.test(query.sql)) return (await Promise.all([ask<R>(query), begun]))[0];
    await begun;
    const answer = ask<R>(query);
    if (query.sql.startsWith(AND_COMMIT)) {
      transaction.commit = ask(CompiledQuery.raw('commit'));
      // Whoever ends the transaction hears of it.
      transaction.commit.catch(() => {});
    }
    return answer;
  }

  override async beginTransaction(
    ...[connection, settings]: Parameters<PostgresDriver['beginTransaction']>
  ): Promise<void> {
    this.#open.delete(connection);
    const begun = super.beginTransaction(connection, settings);
    const transaction: Transaction = { begun, commit: undefined };
    this.#open.set(connection, transaction);
    begun.then(
      () => {
        transaction.begun = undefined;
      },
      // Whoever asks something in it hears of it.
      () => {},
    );
  }

  override async commitTransaction(connection: DatabaseConnection): Promise<void> {
    const commit = this.#open.get(connection)?.commit;
    if (commit === undefined) await super.commitTransaction(connection);
    else if (isRollback(await commit)) throw new AbortedTransactionError();
    this.#open.delete(connection);
  }

  override async rollbackTransaction(connection: Connection): Promise<void> {
    this.#open.delete(connection);
    await super.rollbackTransaction(connection);
  }
}

/** What the server says to a commit after a question that failed. */
function isRollback({ rows: [row] }: QueryResult<unknown>): boolean {
  return (row as { readonly command?: string } | undefined)?.command === 'ROLLBACK';
}
