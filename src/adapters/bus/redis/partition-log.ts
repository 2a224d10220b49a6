/**
 * One partition's log on the server, as a reader sees it: where it ends as far as is known here, what is in it, and a
 * wait for more. News of its end come by the server's channels; one that was missed is made up for by looking.
 */

import type { Link } from '#adapters/redis/link.ts';
import type { StoredMessage } from '#contracts/bus.ts';
import type { Keys } from './scripts.ts';

/** As one entry holds them: `[key, value]` each. */
export type EntryMessages = readonly (readonly [key: string, value: unknown])[];

type Entry = readonly [id: string, fields: readonly string[]];
/** An entry's id is 0-<offset after its last message>. */
const stopOf = ([id]: Entry): number => Number(id.slice(2));
const fieldOf = ([, fields]: Entry, name: string): string => fields[fields.indexOf(name) + 1] as string;

export class PartitionLog {
  readonly partition: number;
  readonly #link: Link;
  readonly #keys: Keys;
  readonly #waiting = new Set<() => void>();
  #end = 0;

  constructor(link: Link, keys: Keys, partition: number) {
    this.#link = link;
    this.#keys = keys;
    this.partition = partition;
  }

  /** Somebody waits for more. */
  get isAwaited(): boolean {
    return this.#waiting.size > 0;
  }

  endsAt(offset: number): void {
    if (offset <= this.#end) return;
    this.#end = offset;
    for (const check of [...this.#waiting]) check();
  }

  async lookForEnd(): Promise<number> {
    this.endsAt(Number((await this.#link.send('GET', this.#keys.end(this.partition))) ?? 0));
    return this.#end;
  }

  /** The first message's offset; the end where there is none. */
  async lookForFirst(): Promise<number> {
    const [first] = (await this.#link.send('XRANGE', this.#log, '-', '+', 'COUNT', 1)) as readonly Entry[];
    return first ? stopOf(first) - Number(fieldOf(first, 'n')) : this.lookForEnd();
  }

  /**
   * Messages from `offset` on, in order, at most `limit` (entries are never larger), and where reading goes on: what a
   * trimmed or damaged log no longer holds is passed over.
   */
  async read(
    offset: number,
    limit: number,
  ): Promise<{ readonly messages: readonly StoredMessage<unknown>[]; readonly nextOffset: number }> {
    const end = this.#end;
    const stop = Math.min(end, offset + limit);
    const entries = (await this.#link.send('XRANGE', this.#log, `0-${offset + 1}`, `0-${stop}`)) as readonly Entry[];
    const messages: StoredMessage<unknown>[] = [];
    for (const entry of entries) {
      const values = JSON.parse(fieldOf(entry, 'm')) as EntryMessages;
      const first = stopOf(entry) - values.length;
      for (let i = Math.max(0, offset - first); i < values.length; i++) {
        const [key, value] = values[i] as EntryMessages[number];
        messages.push({ offset: first + i, key, value });
      }
    }
    const last = entries.at(-1);
    if (last) return { messages, nextOffset: stopOf(last) };
    return { messages: [], nextOffset: (await this.#nextFrom(offset)) ?? end };
  }

  /** How many offsets there are from this one on, without those before the next message: they hold none. */
  async lookForRest(offset: number): Promise<number> {
    const end = await this.lookForEnd();
    return end <= offset ? 0 : Math.max(0, end - ((await this.#nextFrom(offset)) ?? end));
  }

  async #nextFrom(offset: number): Promise<number | undefined> {
    const [next] = (await this.#link.send('XRANGE', this.#log, `0-${offset + 1}`, '+', 'COUNT', 1)) as readonly Entry[];
    return next && Math.max(offset, stopOf(next) - Number(fieldOf(next, 'n')));
  }

  /** Resolves when there is something at `offset`, or the signal says to stop. */
  reached(offset: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const check = (): void => {
        if (offset >= this.#end && !signal.aborted) return;
        this.#waiting.delete(check);
        signal.removeEventListener('abort', check);
        resolve();
      };
      this.#waiting.add(check);
      signal.addEventListener('abort', check);
      check();
    });
  }

  get #log(): string {
    return this.#keys.log(this.partition);
  }
}
