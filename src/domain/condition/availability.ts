/**
 * The forms that the language reads and the engine cannot run yet, each with how a refusal calls it. The one place that
 * says so: the checker refuses what is listed here, the guide marks it, and who makes a form work removes its row.
 */

/** What a part of a condition is, as far as one part may work before another. Indicators are named each by itself. */
export type Form =
  | 'arithmetic'
  | 'average'
  | 'bar-volume'
  | 'day'
  | 'extreme'
  | 'hold-close'
  | 'hold-ticks'
  | 'hold-time'
  | 'no-data'
  | 'other'
  | 'signal-to-signal'
  | 'since'
  | 'then'
  | 'trail'
  | `indicator ${string}`;

export const NOT_YET: ReadonlyMap<Form, string> = new Map();
