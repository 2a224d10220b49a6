/**
 * Reads one partition's log from an offset on. It begins again where it was when the connection or the server comes back,
 * drops what came into the log twice, and says what is no longer there.
 */
import { type LogReader, type Piece, untilDone } from '#adapters/bus/leased/log-reader.ts';
import type { StoredMessage } from '#contracts/bus.ts';
import type { Clock } from '#contracts/clock.ts';
import type { Log } from '#contracts/log.ts';
import type { Cursor, Entry } from './cursor.ts';
import { offsetOf, placeOf } from './offsets.ts';
import { Repetitions } from './repetitions.ts';
import { messagesOf, type Stream } from './stream.ts';

/** Taken over from the cursor at once. */
const MAX_ENTRIES = 500;

export interface ReaderOptions {
  readonly stream: Stream;
  /** Undefined: the first that is kept. */
  readonly start: number | undefined;
  readonly clock: Clock;
  readonly log: Log;
  /** Which log of the partition the stream is. */
  generation(): Promise<number>;
}

export class Reader implements LogReader {
  readonly #options: ReaderOptions;
  #repetitions: Repetitions;
  #cursor: Cursor | null = null;
  /** Read ahead. */
  #entries: readonly Entry[] = [];
  #generation = 0;
  /** Where reading goes on; what an entry holds before it has been read. */
  #offset: number | undefined;
  /** The next entry's, where we know. */
  #place: number | undefined;

  constructor(options: ReaderOptions) {
    this.#options = options;
    this.#offset = options.start;
    this.#repetitions = new Repetitions(options.stream);
  }

  next(limit: number, signal: AbortSignal): Promise<Piece | undefined> {
    return untilDone(this.#options.clock, () => this.#next(limit, signal), signal);
  }

  async close(): Promise<void> {
    this.#entries = [];
    await this.#cursor?.close();
    this.#cursor = null;
  }

  async #next(limit: number, signal: AbortSignal): Promise<Piece | undefined> {
    try {
      this.#cursor ??= await this.#begin();
      if (this.#entries.length === 0) this.#entries = (await this.#cursor.next(MAX_ENTRIES, signal)) ?? [];
      if (signal.aborted) return undefined;
    } catch (error) {
      await this.close();
      throw error;
    }
    try {
      return await this.#take(limit);
    } catch (error) {
      // What was looked at comes again, and is not a repetition.
      this.#repetitions = new Repetitions(this.#options.stream);
      await this.close();
      throw error;
    }
  }

  async #take(limit: number): Promise<Piece> {
    const { stream, log } = this.#options;
    const messages: StoredMessage<unknown>[] = [];
    let taken = 0;
    let place = this.#place;
    for (const entry of this.#entries) {
      if (place !== undefined && entry.place > place)
        log.error({ stream: stream.name, place }, 'the log no longer holds what a reader asked for');
      place = entry.place + 1;
      taken += 1;
      if (await this.#repetitions.has(entry)) continue;
      for (const message of messagesOf(entry, this.#generation))
        if (this.#offset === undefined || message.offset >= this.#offset) messages.push(message);
      if (messages.length >= limit) break;
    }
    this.#entries = this.#entries.slice(taken);
    this.#place = place;
    this.#offset = offsetOf(this.#generation, place ?? 0);
    return { messages, nextOffset: this.#offset };
  }

  async #begin(): Promise<Cursor> {
    const { stream, log } = this.#options;
    this.#generation = await this.#options.generation();
    const offset = this.#offset;
    const place = offset === undefined ? undefined : placeOf(this.#generation, offset);
    this.#place = place;
    if (place === undefined) return stream.open('first');
    const end = await stream.end();
    if (end < place) {
      log.error({ stream: stream.name, place, end }, 'the broker has lost the end of the log; it goes on after it');
      await stream.fillTo(place);
    }
    return stream.open(place);
  }
}
