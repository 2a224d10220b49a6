/**
 * News that is told at once shares messages, as ticks do: a message that carries much costs the broker and everybody who
 * reads it little more than one that carries little, and when one price fires very many alerts, all of them are told. In a
 * partition everything keeps its order. One that comes alone goes alone.
 */
import type { Bus, Message } from '#contracts/bus.ts';
import type { AlertEvent, News } from '#contracts/topics.ts';

/** Some 30 KB; beyond it the reader's part of the cost is all in the news. */
const MAX_NEWS = 50;

/** Messages that say all of it. */
export function messagesOf(news: readonly News[], bus: Pick<Bus, 'partitionOf'>): readonly Message<AlertEvent>[] {
  const frames: { readonly key: string; readonly news: News[] }[] = [];
  const open = new Map<number, News[]>();
  for (const one of news) {
    const partition = bus.partitionOf('alerts', one.userId);
    const frame = open.get(partition);
    if (frame !== undefined && frame.length < MAX_NEWS) {
      frame.push(one);
      continue;
    }
    const begun = [one];
    open.set(partition, begun);
    frames.push({ key: one.userId, news: begun });
  }
  return frames.map(({ key, news }) => {
    const [first] = news;
    return { key, value: news.length === 1 && first !== undefined ? first : { kind: 'several', news } };
  });
}
