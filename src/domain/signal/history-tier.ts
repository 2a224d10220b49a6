/**
 * A queue of values with their times, in segments, so that a checkpoint writes only the segments that have changed.
 * With a spacing it keeps the last value of each stretch of that length. The oldest goes when the queue is full.
 */
const SEGMENT_VALUES = 512;

export interface TierState {
  readonly spacingMs: number;
  /** Number of the oldest value and the one after the newest, counted since the beginning. */
  readonly first: number;
  readonly next: number;
}

export interface SegmentState {
  readonly at: readonly number[];
  readonly value: readonly number[];
}

interface Segment {
  readonly at: Float64Array;
  readonly value: Float64Array;
}

export class HistoryTier {
  readonly spacingMs: number;
  readonly #maxKept: number;
  readonly #segments = new Map<number, Segment>();
  /** Numbers of the segments that have changed since the last `takeChanges`. */
  readonly changed = new Set<number>();
  #first = 0;
  #next = 0;
  oldestAt = Number.POSITIVE_INFINITY;

  constructor(spacingMs: number, maxKept: number) {
    this.spacingMs = spacingMs;
    this.#maxKept = maxKept;
  }

  static restore(state: TierState, maxKept: number, segment: (index: number) => SegmentState): HistoryTier {
    const tier = new HistoryTier(state.spacingMs, maxKept);
    tier.#first = state.first;
    tier.#next = state.next;
    if (state.next === state.first) return tier;
    const last = segmentOf(state.next - 1);
    for (let index = segmentOf(state.first); index <= last; index += 1) {
      const { at, value } = segment(index);
      const kept = newSegment();
      kept.at.set(at);
      kept.value.set(value);
      tier.#segments.set(index, kept);
    }
    tier.oldestAt = tier.#at(tier.#first);
    return tier;
  }

  get size(): number {
    return this.#next - this.#first;
  }

  add(at: number, value: number): void {
    const last = this.#next - 1;
    const replaces = this.spacingMs > 0 && this.size > 0 && this.#stretch(this.#at(last)) === this.#stretch(at);
    const place = replaces ? last : this.#next;
    const index = segmentOf(place);
    let segment = this.#segments.get(index);
    if (segment === undefined) {
      segment = newSegment();
      this.#segments.set(index, segment);
    }
    segment.at[place % SEGMENT_VALUES] = at;
    segment.value[place % SEGMENT_VALUES] = value;
    this.changed.add(index);
    this.#next = place + 1;
    if (this.size > this.#maxKept) this.#drop();
    else if (place === this.#first) this.oldestAt = at;
  }

  /** Drops what no question about `at` or later needs: all but the last value at or before it. */
  forget(at: number): void {
    while (this.size > 1 && this.#at(this.#first + 1) <= at) this.#drop();
  }

  /** The last value at or before `at`, which is not before the oldest. */
  valueAt(at: number): number {
    let from = this.#first;
    let to = this.#next - 1;
    while (from < to) {
      const middle = Math.ceil((from + to) / 2);
      if (this.#at(middle) <= at) from = middle;
      else to = middle - 1;
    }
    return this.#segment(from).value[from % SEGMENT_VALUES] as number;
  }

  each(found: (at: number, value: number) => void): void {
    for (let place = this.#first; place < this.#next; place += 1)
      found(this.#at(place), this.#segment(place).value[place % SEGMENT_VALUES] as number);
  }

  state(): TierState {
    return { spacingMs: this.spacingMs, first: this.#first, next: this.#next };
  }

  takeChanges(changed: (index: number, state: SegmentState | undefined) => void): void {
    for (const index of this.changed) {
      const segment = this.#segments.get(index);
      changed(index, segment === undefined ? undefined : this.#segmentState(index, segment));
    }
    this.changed.clear();
  }

  segments(found: (index: number, state: SegmentState) => void): void {
    for (const [index, segment] of this.#segments) found(index, this.#segmentState(index, segment));
  }

  #drop(): void {
    const index = segmentOf(this.#first);
    this.#first += 1;
    if (segmentOf(this.#first) !== index) {
      this.#segments.delete(index);
      this.changed.add(index);
    }
    this.oldestAt = this.#at(this.#first);
  }

  #stretch(at: number): number {
    return Math.floor(at / this.spacingMs);
  }

  #segment(place: number): Segment {
    return this.#segments.get(segmentOf(place)) as Segment;
  }

  #at(place: number): number {
    return this.#segment(place).at[place % SEGMENT_VALUES] as number;
  }

  /** What of a segment is in use so far; what was dropped at its beginning stays until the whole segment goes. */
  #segmentState(index: number, segment: Segment): SegmentState {
    const length = Math.min(SEGMENT_VALUES, this.#next - index * SEGMENT_VALUES);
    return { at: Array.from(segment.at.subarray(0, length)), value: Array.from(segment.value.subarray(0, length)) };
  }
}

function segmentOf(place: number): number {
  return Math.floor(place / SEGMENT_VALUES);
}

function newSegment(): Segment {
  return { at: new Float64Array(SEGMENT_VALUES), value: new Float64Array(SEGMENT_VALUES) };
}
