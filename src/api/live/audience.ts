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
  private readonly pending = new Set<Topic>();

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

  /** It is to get this one's newest price. True where it was waiting for none. */
  add(topic: Topic): boolean {
    const isFirst = this.pending.size === 0;
    this.pending.add(topic);
    return isFirst;
  }

  /** What it is to get. */
  take(): readonly Topic[] {
    const topics = [...this.pending];
    this.pending.clear();
    return topics;
  }
}
