/**
 * Ends connections whose server is gone without a word: its machine died, or its address leads to another by now. TCP
 * would find out after a quarter of an hour, and till then whoever asked something waits.
 *
 * Promises: connections are ended only when one of them was silent and the server that answers at the address is not the
 * one they were made to. Never: it ends none that is slow, or whose server cannot be reached.
 */
import type { Socket } from 'node:net';
import pg from 'pg';

/** Longer than most statements take; it costs one short connection to be wrong. */
const SILENCE_MS = 5_000;
/** Of the question who answers there. */
const ANSWER_LIMIT_MS = 5_000;

/** A server since its last start; unlike any other. */
const WHO = 'select pg_postmaster_start_time()::text as who';
const whoIs = async (client: pg.ClientBase): Promise<string> => (await client.query(WHO)).rows[0].who;

/** What pg does not tell of its clients. */
interface Inside {
  /** Nothing was asked, or all was answered. */
  readonly readyForQuery: boolean;
  readonly connection: { readonly stream: Socket };
}

/** To be called with each new connection before it is used. */
export function watchServer(url: string, silenceMs = SILENCE_MS): (client: pg.ClientBase) => Promise<void> {
  const askAgain = async (): Promise<string> => {
    const limits = { connectionTimeoutMillis: ANSWER_LIMIT_MS, query_timeout: ANSWER_LIMIT_MS };
    const client = new pg.Client({ connectionString: url, ...limits });
    client.on('error', () => {});
    try {
      await client.connect();
      return await whoIs(client);
    } finally {
      // A server that says nothing would not hear a goodbye.
      (client as unknown as Inside).connection.stream.destroy();
    }
  };
  /** Every connection that stands, and the server it was made to. */
  const servers = new Map<Socket, string>();
  const endOthers = (who: string): void => {
    for (const [stream, mine] of servers) if (mine !== who) stream.destroy();
  };
  return async (client) => {
    const inside = client as unknown as Inside;
    const { stream } = inside.connection;
    const giveUp = (): unknown => stream.destroy();
    stream.setTimeout(ANSWER_LIMIT_MS).once('timeout', giveUp);
    const mine = await whoIs(client);
    stream.off('timeout', giveUp);
    servers.set(stream, mine);
    stream.once('close', () => servers.delete(stream));
    const look = async (): Promise<void> => {
      // Which comes with the end of the silence, or the connection's.
      if (inside.readyForQuery) return;
      const heard = stream.bytesRead;
      const who = await askAgain().catch(() => mine);
      // Those that were not asked anything are as dead: whoever asks next is to wait no more.
      if (who !== mine && stream.bytesRead === heard) endOthers(who);
      // It tells of a silence once.
      else stream.setTimeout(silenceMs);
    };
    stream.setTimeout(silenceMs);
    stream.on('timeout', () => void look());
  };
}
