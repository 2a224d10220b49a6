/**
 * A running PGlite that is spoken to in PostgreSQL's own protocol, whether it runs in this thread or in another. Answers
 * come as they are made, those of one call before those of the next.
 */
import type { PGlite } from '@electric-sql/pglite';

export interface PgliteEngine {
  /** Lets it answer these messages; done after the last answer. Never settles where the engine breaks meanwhile. */
  run(messages: Uint8Array<ArrayBuffer>, answer: (bytes: Uint8Array) => void): Promise<void>;
  /** Says why it is gone, once, without having been closed. */
  readonly broken: Promise<Error>;
  /** Writes all to its files, and ends. */
  close(): Promise<void>;
  /** Ends at once; what was acknowledged is in its files. */
  abandon(): Promise<void>;
}

/** Copies what it answers: the bytes of a call lie in memory that the next call writes over. */
export async function runIn(
  pglite: PGlite,
  messages: Uint8Array,
  answer: (bytes: Uint8Array<ArrayBuffer>) => void,
): Promise<void> {
  await pglite.execProtocolRawStream(messages, { onRawData: (bytes) => answer(new Uint8Array(bytes)) });
}

/** In this thread, for what is in memory only: it starts sooner, and there is no disk to wait for. */
export async function engineHere(pglite: PGlite): Promise<PgliteEngine> {
  await pglite.waitReady;
  return {
    async run(messages, answer) {
      // Never an answer while the question is still being put: pg would not know yet what it is to.
      await null;
      await runIn(pglite, messages, answer);
    },
    broken: new Promise(() => {}),
    close: () => pglite.close(),
    abandon: async () => {},
  };
}
