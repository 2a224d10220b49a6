/**
 * Readers that asked for the same prices in the same transport. Their bytes of a window are put together once.
 */
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import type { Frame, Transport } from './frame.ts';
import type { Reader } from './reader.ts';

export class Audience {
  readonly transport: Transport;
  /** Null for everything that everyone may see. */
  readonly symbols: ReadonlySet<InstrumentSymbol> | null;
  readonly readers = new Set<Reader>();
  private snapshotBytes: Buffer | null = null;
  private pending: Frame[] = [];

  constructor(transport: Transport, symbols: ReadonlySet<InstrumentSymbol> | null) {
    this.transport = transport;
    this.symbols = symbols;
  }

  add(frame: Frame): void {
    this.pending.push(frame);
    this.snapshotBytes = null;
  }

  /** The bytes of the window that ends now. */
  takeWindow(): Buffer {
    const bytes = Buffer.concat(this.pending.map((frame) => frame.as(this.transport)));
    this.pending = [];
    return bytes;
  }

  /** The newest price of each symbol; made anew only when one has changed since. */
  snapshot(frames: () => Iterable<Frame>): Buffer {
    this.snapshotBytes ??= Buffer.concat([...frames()].map((frame) => frame.as(this.transport)));
    return this.snapshotBytes;
  }
}

export function audienceKey(transport: Transport, symbols: ReadonlySet<InstrumentSymbol> | null): string {
  return `${transport} ${symbols === null ? '*' : [...symbols].sort().join(',')}`;
}
