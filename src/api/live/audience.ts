/**
 * Readers that asked for the same prices, in the same transport and window. Their bytes of a window are put together
 * once; a window with one price in it is that price's own bytes. Readers stand in a dense list: to send is to walk it.
 */
import type { Frame, Transport } from './frame.ts';
import type { Reader } from './reader.ts';

/** One symbol's newest price, encoded at most once a transport. */
export interface Topic {
  /** Dense; what a reader's marks count in. */
  readonly number: number;
  frame: Frame | null;
}

export class Audience {
  readonly transport: Transport;
  /** Null for everything that everyone may see. */
  readonly topics: readonly Topic[] | null;
  readonly windowMs: number;
  readonly key: string;
  readonly readers: Reader[] = [];
  private readonly pending: Topic[] = [];

  constructor(transport: Transport, topics: readonly Topic[] | null, windowMs: number, key: string) {
    this.transport = transport;
    this.topics = topics;
    this.windowMs = windowMs;
    this.key = key;
  }

  join(reader: Reader): void {
    reader.audience = this;
    reader.audienceSeat = this.readers.length;
    this.readers.push(reader);
  }

  /** The last one takes the place of the one who goes. */
  leave(reader: Reader): void {
    const last = this.readers.pop() as Reader;
    if (last !== reader) {
      this.readers[reader.audienceSeat] = last;
      last.audienceSeat = reader.audienceSeat;
    }
    reader.audience = null;
  }

  /** True where it is the first of this window. */
  add(topic: Topic): boolean {
    return this.pending.push(topic) === 1;
  }

  get window(): readonly Topic[] {
    return this.pending;
  }

  endWindow(): void {
    this.pending.length = 0;
  }
}
