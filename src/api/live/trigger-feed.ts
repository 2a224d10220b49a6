/**
 * One user's triggers on their way to all of the user's readers, read from the store in the order they were stored. What
 * is heard on the bus only says when to look, so a lost message loses no trigger, and each reader gets each one once.
 */
import type { Clock } from '#contracts/clock.ts';
import type { Log } from '#contracts/log.ts';
import type { TriggerStore } from '#contracts/store/triggers.ts';
import type { UserId } from '#domain/alert/alert.ts';
import { triggerView } from '../views/trigger.ts';
import { encode } from './frame.ts';
import type { Reader } from './reader.ts';

/** Triggers read at once. */
const PAGE = 200;
/** When the store did not answer. */
const RETRY_MS = 1000;
/** When a reader had no room: a long past is sent at the pace of the one who reads it. */
const PACE_MS = 50;

export class TriggerFeed {
  readonly readers = new Set<Reader>();
  /** Readers on their way in: what is heard from now on is meant for them too. */
  expected = 0;
  /** The newest trigger that was heard of. */
  heardSeq = 0;
  /** When it was last heard that a delivery changed. */
  heardChangeAt = 0;
  readonly userId: UserId;
  private readonly triggers: Pick<TriggerStore, 'after'>;
  private readonly clock: Clock;
  private readonly log: Log;
  private isRunning = false;
  private isDirty = false;
  private cancelLater: (() => void) | null = null;

  constructor(userId: UserId, triggers: Pick<TriggerStore, 'after'>, clock: Clock, log: Log) {
    this.userId = userId;
    this.triggers = triggers;
    this.clock = clock;
    this.log = log;
  }

  /** Looks for triggers that a reader has not got. Never rejects. */
  async run(): Promise<void> {
    this.isDirty = true;
    if (this.isRunning) return;
    this.isRunning = true;
    try {
      while (this.isDirty && this.readers.size > 0) {
        this.isDirty = false;
        await this.sendPage();
      }
    } catch (error) {
      this.log.warn({ err: error }, 'triggers could not be read for the stream; trying again');
      this.runLater(RETRY_MS);
    } finally {
      this.isRunning = false;
    }
  }

  private async sendPage(): Promise<void> {
    const readers = [...this.readers].filter((reader) => reader.hasRoom);
    if (readers.length < this.readers.size) this.runLater(PACE_MS);
    if (readers.length === 0) return;
    const from = Math.min(...readers.map(({ cursor }) => cursor));
    const page = await this.triggers.after(this.userId, from, PAGE);
    for (const trigger of page) {
      const json = JSON.stringify(triggerView(trigger));
      for (const reader of readers) {
        // One that is full gets the rest when it has room: its cursor stays where it is.
        if (reader.cursor >= trigger.seq || !reader.hasRoom) continue;
        reader.cursor = trigger.seq;
        reader.send(encode(reader.transport, 'trigger', json, reader.eventId));
      }
    }
    if (page.length === PAGE) this.isDirty = true;
    else if (readers.some(({ cursor }) => cursor < (page.at(-1)?.seq ?? 0))) this.runLater(PACE_MS);
  }

  private runLater(delayMs: number): void {
    this.cancelLater ??= this.clock.after(delayMs, () => {
      this.cancelLater = null;
      void this.run();
    });
  }
}
