/**
 * What lies beneath the program: prices through the broker by its client, a synced commit in the database, and news through
 * the broker again, with nothing evaluated (bare.ts). No program that is durable in these two places can be sooner.
 */
import pg from 'pg';
import { newsIn } from '#contracts/alert-events.ts';
import { eventually } from '../../test/support/client.ts';
import { type Ground, openGround, pause, type Site } from './site.ts';

export interface Beneath {
  /** ms of each marked price. */
  readonly whole: readonly number[];
  readonly read: readonly number[];
  readonly committed: readonly number[];
}

export interface BeneathOptions {
  readonly perSecond: number;
  readonly marked: number;
  readonly warmUpSeconds: number;
  readonly seconds: number;
}

export async function beneath(site: Site, options: BeneathOptions): Promise<Beneath> {
  const { perSecond, marked, warmUpSeconds, seconds } = options;
  const ground: Ground = await site.newGround();
  const { bus, close } = await openGround(ground);
  const db = new pg.Client({ connectionString: ground.store });
  await db.connect();
  await db.query('create table bare (at bigint)');
  await db.end();
  let whole: number[] = [];
  await bus.tail('alerts', ({ messages }) => {
    const now = Date.now();
    for (const { value } of messages)
      for (const news of newsIn(value)) if (news.kind === 'trigger') whole.push(now - news.trigger.after.at);
  });
  const middle = site.child('bare', ground, 'middle');
  await middle.answer(({ ready }) => ready);
  const sender = site.child('bare', ground, 'sender', String(perSecond), String(marked));
  await sender.answer(({ ready }) => ready);
  const told = async () => {
    middle.say('tell\n');
    return (await middle.answer(({ read }) => read !== undefined)) as Omit<Beneath, 'whole'>;
  };
  await pause(warmUpSeconds * 1_000);
  await told();
  whole = [];
  await pause(seconds * 1_000);
  await eventually(async () => whole.length > 0, 'a marked price came through');
  const measured = { ...(await told()), whole };
  await sender.stop();
  await middle.stop();
  await close();
  return measured;
}
