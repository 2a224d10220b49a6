/**
 * One partition's log: a stream of the server, whose entries hold the messages of one append each. The server does not
 * say where a stream ends; an entry without messages, sent and waited for, finds out.
 */
import { randomUUID } from 'node:crypto';
import type { StoredMessage } from '#contracts/bus.ts';
import { Cursor, type Entry, type Place } from './cursor.ts';
import type { Link } from './link.ts';
import { offsetOf } from './offsets.ts';
import type { Sender, Sent } from './sender.ts';

/** Entries that readers skip. */
const NOTHING = '[]';
const SOME_ENTRIES = 100;
/**
 * An append is sent again when the server is back, or the connection: between the two others have appended so much at
 * most, or the repetition is not noticed.
 */
const LOOK_BACK_ENTRIES = 10_000;
/** Further behind than so many entries, what a group has before it is reckoned from those. */
const MAX_COUNTED_ENTRIES = 2_000;

export class Stream {
  readonly name: string;
  readonly partition: number;
  readonly #reads: Link;
  readonly #sender: Sender;

  constructor(name: string, partition: number, reads: Link, sender: Sender) {
    this.name = name;
    this.partition = partition;
    this.#reads = reads;
    this.#sender = sender;
  }

  append(sent: Sent): Promise<void> {
    return this.#sender.send(this.name, sent);
  }

  open(place: Place): Promise<Cursor> {
    return Cursor.open(this.#reads, this.name, place);
  }

  /** The place after the last entry. */
  async end(): Promise<number> {
    const id = `? ${randomUUID()}`;
    const cursor = await this.open('last');
    try {
      await this.append({ body: NOTHING, id, isAgain: false });
      for (;;) {
        const some = await this.#reads.answer(cursor.next(SOME_ENTRIES));
        const mine = some?.find((entry) => entry.id === id);
        if (mine) return mine.place + 1;
      }
    } finally {
      await cursor.close();
    }
  }

  /** Entries that hold nothing, until the stream is so long: places that were given out never come again. */
  async fillTo(place: number): Promise<void> {
    for (let end = await this.end(); end < place; end++) await this.append({ body: NOTHING, id: '', isAgain: false });
  }

  /** Whether an entry of this id is among those right before the place. */
  async hasBefore(place: number, id: string): Promise<boolean> {
    return this.#walk(Math.max(0, place - LOOK_BACK_ENTRIES), place, (entry) => entry.id === id);
  }

  /** Messages from the index on in the entry at `place`, and all after it. */
  async countFrom(place: Place, index: number): Promise<number> {
    const end = await this.end();
    let messages = 0;
    let entries = 0;
    let reached = end;
    await this.#walk(place, end, (entry) => {
      const count = lengthOf(entry);
      messages += entry.place === place ? Math.max(0, count - index) : count;
      entries += 1;
      reached = entry.place + 1;
      return entries === MAX_COUNTED_ENTRIES;
    });
    return reached === end ? messages : Math.round(messages + (messages / entries) * (end - reached));
  }

  /** Looks at the entries before `end`, which is there, until one is what was looked for. */
  async #walk(from: Place, end: number, isIt: (entry: Entry) => boolean): Promise<boolean> {
    if (typeof from === 'number' && from >= end) return false;
    const cursor = await this.open(from);
    try {
      for (;;) {
        for (const entry of (await this.#reads.answer(cursor.next(SOME_ENTRIES))) ?? []) {
          if (entry.place >= end) return false;
          if (isIt(entry)) return true;
          if (entry.place === end - 1) return false;
        }
      }
    } finally {
      await cursor.close();
    }
  }
}

type EntryMessages = readonly (readonly [key: string, value: unknown])[];

export const bodyOf = (messages: readonly { readonly key: string; readonly value: unknown }[]): string =>
  JSON.stringify(messages.map(({ key, value }): EntryMessages[number] => [key, value]));

const parse = ({ body }: Entry): EntryMessages => JSON.parse(body.toString()) as EntryMessages;
const lengthOf = (entry: Entry): number => parse(entry).length;

export function messagesOf(entry: Entry, generation: number): readonly StoredMessage<unknown>[] {
  return parse(entry).map(([key, value], index) => ({ offset: offsetOf(generation, entry.place, index), key, value }));
}
