/**
 * The small numbers that stand for symbols and sources in the tables of prices. A number never changes, so what was read
 * once is remembered; only instruments that exist get one, which bounds the memory.
 */
import { sql } from 'kysely';
import type { Sql } from './schema.ts';

export interface Dictionary {
  /** Numbers for these words, made where there are none. Runs outside the caller's transaction: call it before. */
  idsOf(words: Iterable<string>): Promise<ReadonlyMap<string, number>>;
  /** The number of a word that may not have one. */
  find(word: string): Promise<number | undefined>;
  /** All words by number. */
  wordsOf(ids: Iterable<number>): Promise<ReadonlyMap<number, string>>;
}

export function createDictionary(db: Sql, table: 'symbols' | 'sources', column: 'symbol' | 'source'): Dictionary {
  const ids = new Map<string, number>();
  const words = new Map<number, string>();
  const remember = (rows: readonly { readonly id: number; readonly word: string }[]): void => {
    for (const { id, word } of rows) {
      ids.set(word, id);
      words.set(id, word);
    }
  };
  const word = sql.ref(column);
  const load = async (missing: readonly string[]): Promise<void> => {
    const { rows } = await sql<{ id: number; word: string }>`
      select id, ${word} as word from ${sql.table(table)} where ${word} = any(${missing}::text[])`.execute(db);
    remember(rows);
  };
  return {
    async idsOf(asked) {
      const missing = [...new Set(asked)].filter((text) => !ids.has(text));
      if (missing.length > 0) {
        await load(missing);
        const unknown = missing.filter((text) => !ids.has(text)).sort();
        if (unknown.length > 0) {
          await sql`insert into ${sql.table(table)} (${word}) select * from unnest(${unknown}::text[])
            on conflict (${word}) do nothing`.execute(db);
          await load(unknown);
        }
      }
      return ids;
    },
    async find(text) {
      if (!ids.has(text)) await load([text]);
      return ids.get(text);
    },
    async wordsOf(asked) {
      const missing = [...new Set(asked)].filter((id) => !words.has(id));
      if (missing.length > 0) {
        const { rows } = await sql<{ id: number; word: string }>`
          select id, ${word} as word from ${sql.table(table)} where id = any(${missing}::integer[])`.execute(db);
        remember(rows);
      }
      return words;
    },
  };
}
