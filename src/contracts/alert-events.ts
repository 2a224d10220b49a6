/**
 * What a message of `alerts` says, whichever way it carries its news: one by itself, or several.
 */
import type { AlertEvent, News } from './topics.ts';

/** In the order in which they were said. */
export function newsIn(event: AlertEvent): readonly News[] {
  return event.kind === 'several' ? event.news : [event];
}
