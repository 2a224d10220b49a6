/**
 * Audiences that are to get prices, one after the other in the order in which they began to wait. When its turn comes,
 * an audience gets all that has moved until then, the newest of each symbol, in one write: so nobody waits longer than
 * it takes to write to everyone once, and the more there is to do, the fewer writes it takes.
 */
import type { Audience, Topic } from './audience.ts';
import type { Transport } from './frame.ts';
import type { Reader } from './reader.ts';
import { Slices } from './slices.ts';

/** Most bytes of prices in one write: a reader with room never has to take more than this at once. */
export const PIECE_BYTES = 16 * 1024;
/** Audiences that have had their turn and are still in the list. */
const MAX_SERVED = 1024;

export interface PriceQueueOptions {
  readonly encoded: (topic: Topic, transport: Transport) => Buffer;
  /** A reader that has no room for `topics[from..to)`. */
  readonly postpone: (reader: Reader, topics: readonly Topic[], from: number, to: number) => void;
  readonly count: (bytes: number, transport: Transport) => void;
}

export class PriceQueue {
  private readonly options: PriceQueueOptions;
  private readonly slices = new Slices(() => this.step());
  private readonly waiting: Audience[] = [];
  private served = 0;
  /** Whose turn it is, what it gets, and which part of that is being written to the reader at `place`. */
  private audience: Audience | null = null;
  private topics: readonly Topic[] = [];
  private bytes: Buffer = Buffer.alloc(0);
  private from = 0;
  private to = 0;
  private place = -1;
  /** Counts what is written in one piece to one after the other. */
  private pieceNumber = 0;
  private sent = 0;

  constructor(options: PriceQueueOptions) {
    this.options = options;
  }

  add(audience: Audience, topic: Topic): void {
    if (audience.add(topic)) this.waiting.push(audience);
  }

  get piece(): number {
    return this.pieceNumber;
  }

  /** Sends to those that wait, unless that is under way. */
  begin(): void {
    this.slices.begin();
  }

  stop(): void {
    this.slices.stop();
    this.waiting.length = 0;
    this.served = 0;
    this.end();
  }

  /**
   * One write. From the last reader to the first: one who leaves meanwhile gives its place to one who has been served,
   * and one who comes has its snapshot.
   */
  private step(): boolean {
    while (this.place < 0) if (!this.nextPiece()) return false;
    const reader = this.audience?.readers[this.place];
    this.place -= 1;
    if (reader === undefined) return true;
    // One who got newer prices meanwhile must not get these after them.
    if (reader.newestSince < this.pieceNumber && reader.offer(this.bytes)) this.sent += 1;
    else this.options.postpone(reader, this.topics, this.from, this.to);
    return true;
  }

  /** False where nobody waits any more. */
  private nextPiece(): boolean {
    if (this.audience !== null) this.options.count(this.sent * this.bytes.length, this.audience.transport);
    this.sent = 0;
    if (this.to === this.topics.length) {
      const next = this.waiting[this.served];
      if (next === undefined) {
        this.waiting.length = 0;
        this.served = 0;
        this.end();
        return false;
      }
      this.served += 1;
      if (this.served === MAX_SERVED) {
        this.waiting.splice(0, MAX_SERVED);
        this.served = 0;
      }
      this.audience = next;
      this.topics = next.take();
      this.to = 0;
    }
    this.cut(this.audience as Audience);
    return true;
  }

  private end(): void {
    this.audience = null;
    this.topics = [];
    this.to = 0;
    this.place = -1;
  }

  /** The next topics that fit into one write; one alone is its own bytes. */
  private cut({ transport, readers }: Audience): void {
    const { encoded } = this.options;
    this.from = this.to;
    const first = encoded(this.topics[this.from] as Topic, transport);
    const parts = [first];
    let { length } = first;
    for (this.to += 1; this.to < this.topics.length && length < PIECE_BYTES; this.to += 1) {
      const part = encoded(this.topics[this.to] as Topic, transport);
      parts.push(part);
      length += part.length;
    }
    this.bytes = parts.length === 1 ? first : Buffer.concat(parts, length);
    this.place = readers.length - 1;
    this.pieceNumber += 1;
  }
}
