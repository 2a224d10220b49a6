/**
 * How far each group has come, durable. Commits of one partition that come while one is being written are one write: the
 * last of them.
 */
import type { BusLogStore } from '#contracts/store/bus-log.ts';

export interface Commits {
  of(topic: string, group: string, partition: number): number | undefined;
  /** The lowest offset any of the topic's groups has come to; undefined where none has committed. */
  lowest(topic: string, partition: number, groups: Iterable<string>): number | undefined;
  save(topic: string, group: string, partition: number, nextOffset: number): Promise<void>;
  /** Resolves when nothing is being written. */
  settled(): Promise<void>;
}

interface Place {
  readonly topic: string;
  readonly group: string;
  readonly partition: number;
  durable: number | undefined;
  wanted: number | undefined;
  writing: Promise<void> | null;
  next: Promise<void> | null;
}

export async function loadCommits(busLog: BusLogStore): Promise<Commits> {
  const places = new Map<string, Place>();
  const placeOf = (topic: string, group: string, partition: number): Place => {
    const name = JSON.stringify([topic, group, partition]);
    let place = places.get(name);
    if (!place) {
      place = { topic, group, partition, durable: undefined, wanted: undefined, writing: null, next: null };
      places.set(name, place);
    }
    return place;
  };
  for (const { topic, group, partition, nextOffset } of await busLog.commits())
    placeOf(topic, group, partition).durable = nextOffset;

  const write = async (place: Place): Promise<void> => {
    const offset = place.wanted as number;
    await busLog.commit(place.topic, place.group, place.partition, offset);
    place.durable = offset;
  };
  const start = (place: Place): Promise<void> => {
    place.next = null;
    place.writing = write(place).finally(() => {
      place.writing = null;
    });
    return place.writing;
  };

  return {
    of: (topic, group, partition) => placeOf(topic, group, partition).durable,
    lowest(topic, partition, groups) {
      const wanted = new Set(groups);
      let lowest: number | undefined;
      for (const place of places.values()) {
        if (place.topic !== topic || place.partition !== partition) continue;
        wanted.delete(place.group);
        lowest = Math.min(lowest ?? Number.POSITIVE_INFINITY, place.durable ?? 0);
      }
      return wanted.size > 0 ? 0 : lowest;
    },
    save(topic, group, partition, nextOffset) {
      const place = placeOf(topic, group, partition);
      place.wanted = nextOffset;
      if (!place.writing) return start(place);
      place.next ??= place.writing.catch(() => {}).then(() => start(place));
      return place.next;
    },
    async settled() {
      for (const place of places.values()) await (place.next ?? place.writing)?.catch(() => {});
    },
  };
}
