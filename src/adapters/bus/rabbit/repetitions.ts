/**
 * Which entries came into the log twice, because the answer to an append was lost: the server cannot know, so readers drop
 * them. A producer's numbers rise by one in the log, but for what it sends again, which says so. A reader that began
 * between the two looks back.
 */
import type { Entry } from './cursor.ts';
import type { Stream } from './stream.ts';

/** Producers, one a process of the program ever started, that are remembered: forgetting one costs a look back. */
const MAX_PRODUCERS = 1_000;

export const idOf = (producer: string, number: number): string => `${producer} ${number}`;

export class Repetitions {
  readonly #stream: Stream;
  /** Producer -> its highest number that was read. */
  readonly #highest = new Map<string, number>();

  constructor(stream: Stream) {
    this.#stream = stream;
  }

  /** Called once for each entry, in order. */
  async has(entry: Entry): Promise<boolean> {
    const { id, isAgain, place } = entry;
    const [producer = '', text] = id.split(' ');
    const number = Number(text);
    if (!Number.isInteger(number)) return false;
    const highest = this.#highest.get(producer);
    // The first of two may also come after the second: from a connection that was thought dead.
    const isRepeated = highest === undefined ? isAgain && (await this.#stream.hasBefore(place, id)) : number <= highest;
    if (highest === undefined && this.#highest.size === MAX_PRODUCERS)
      this.#highest.delete(this.#highest.keys().next().value ?? '');
    this.#highest.set(producer, Math.max(highest ?? 0, number));
    return isRepeated;
  }
}
