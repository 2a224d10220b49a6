/**
 * All readers whose ticks are gathered for the same time: who of them wants which symbol, and what has moved since the
 * last write. One timer for all of them, and none while nothing moves.
 */
import type { Clock } from '#contracts/clock.ts';
import { Audience, type Topic } from './audience.ts';
import type { Transport } from './frame.ts';
import type { Reader } from './reader.ts';

export class PriceWindow {
  readonly ms: number;
  private readonly clock: Clock;
  private readonly flush: (window: PriceWindow) => void;
  private readonly audiences = new Map<string, Audience>();
  /** Who wants a topic by name; index is the topic's number. */
  private readonly wanting: (Audience[] | undefined)[] = [];
  /** Who wants all there is, one a transport. */
  readonly forAll: Audience[] = [];
  readonly moved = new Set<Topic>();
  private cancel: (() => void) | null = null;

  constructor(ms: number, clock: Clock, flush: (window: PriceWindow) => void) {
    this.ms = ms;
    this.clock = clock;
    this.flush = flush;
  }

  get isEmpty(): boolean {
    return this.audiences.size === 0;
  }

  wantingOf(topic: Topic): readonly Audience[] {
    return this.wanting[topic.number] ?? [];
  }

  join(reader: Reader, topics: readonly Topic[] | null): void {
    const key = audienceKey(reader.transport, topics);
    const audience = this.audiences.get(key) ?? this.open(reader.transport, topics, key);
    audience.join(reader);
  }

  leave(reader: Reader, audience: Audience): void {
    audience.leave(reader);
    if (audience.readers.length > 0) return;
    this.audiences.delete(audience.key);
    if (audience.topics === null) remove(this.forAll, audience);
    for (const { number } of audience.topics ?? []) remove(this.wanting[number] ?? [], audience);
    if (this.isEmpty) this.stop();
  }

  /** `topic` has a newer price: it goes out at the end of the window, or at once where there is none. */
  add(topic: Topic): void {
    if (this.forAll.length === 0 && this.wantingOf(topic).length === 0) return;
    this.moved.add(topic);
    if (this.ms === 0) this.flush(this);
    else
      this.cancel ??= this.clock.after(this.ms, () => {
        this.cancel = null;
        this.flush(this);
      });
  }

  stop(): void {
    this.cancel?.();
    this.cancel = null;
    this.moved.clear();
  }

  private open(transport: Transport, topics: readonly Topic[] | null, key: string): Audience {
    const audience = new Audience(transport, topics, this.ms, key);
    this.audiences.set(key, audience);
    if (topics === null) this.forAll.push(audience);
    for (const { number } of topics ?? []) {
      const wanting = this.wanting[number];
      if (wanting === undefined) this.wanting[number] = [audience];
      else wanting.push(audience);
    }
    return audience;
  }
}

function remove(audiences: Audience[], audience: Audience): void {
  const index = audiences.indexOf(audience);
  const last = audiences.pop();
  if (last !== undefined && last !== audience) audiences[index] = last;
}

function audienceKey(transport: Transport, topics: readonly Topic[] | null): string {
  if (topics === null) return transport;
  return `${transport} ${topics.map(({ number }) => number).join(',')}`;
}
