/**
 * What one who is no member of a group may do there: see its commits, and commit while nobody is a member.
 */
import type { Clock } from '#contracts/clock.ts';
import type { Log } from '#contracts/log.ts';
import type { Address } from './address.ts';
import { Commits, committedOf } from './commits.ts';
import { type Feed, openFeed } from './feed.ts';

export interface OutsidersOptions {
  readonly address: Address;
  readonly clock: Clock;
  readonly log: Log;
}

export class Outsiders {
  readonly #options: OutsidersOptions;
  readonly #closing = new AbortController();
  readonly #feeds = new Map<string, Promise<Feed>>();
  readonly #commits = new Map<string, Commits>();

  constructor(options: OutsidersOptions) {
    this.#options = options;
  }

  /** What it has committed of each partition, undefined where nothing. */
  async committed(
    groupId: string,
    topic: string,
    partitions: readonly number[],
  ): Promise<readonly (number | undefined)[]> {
    return committedOf((await this.#feed(groupId)).consumer, topic, partitions);
  }

  /** A client for each group; there are as many as this program knows. */
  #feed(groupId: string): Promise<Feed> {
    let opened = this.#feeds.get(groupId);
    if (!opened) {
      opened = openFeed({ ...this.#options, groupId, name: 'tocsin-commits', received() {} });
      this.#feeds.set(groupId, opened);
      opened.catch(() => this.#feeds.delete(groupId));
    }
    return opened;
  }

  /** False where the group has members. */
  async commit(groupId: string, topic: string, partition: number, offset: number): Promise<boolean> {
    const name = `${groupId} ${topic}`;
    let commits = this.#commits.get(name);
    if (!commits) {
      const feed = await this.#feed(groupId);
      commits =
        this.#commits.get(name) ?? new Commits(feed, topic, this.#options.clock, this.#closing.signal, () => false);
      this.#commits.set(name, commits);
    }
    return commits.commit(partition, offset);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all([...this.#commits.values()].map((commits) => commits.idle()));
    await Promise.all([...this.#feeds.values()].map(async (feed) => (await feed).close()));
  }
}
