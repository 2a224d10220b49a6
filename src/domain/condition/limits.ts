/**
 * What a condition may be at most. Each limit bounds the work of everyone behind the parser: checker, engine, page.
 */

/** Conditions a person can still read; each is a place in an index of the engine. */
export const MAX_LEAVES = 32;

/** Parentheses and `not` inside one another. Every walk of the tree is recursive, so this bounds their stacks. */
export const MAX_DEPTH = 16;

/** Signals and the numbers they are calculated with; each is a value that the engine may have to keep. */
export const MAX_SIGNALS = 48;

/** Instruments beside its own that a condition looks at; with each, a tick more may concern it. */
export const MAX_OTHERS = 8;

/** Of the text as typed and of its canonical text, which is the longer one where much was left out. */
export const MAX_TEXT_LENGTH = 5000;

/** Above it a double no longer holds every cent; below it no instrument is quoted. Zero is allowed. */
export const MAX_NUMBER = 1e15;
export const MIN_NUMBER = 1e-15;

/** The longest text of a number within those bounds, with room for separators. */
export const MAX_NUMBER_LENGTH = 60;

/** Shorter than the pace of the clock marks that close windows, a window would mean nothing. */
export const MIN_WINDOW_MS = 1000;

/** Longer than a week nobody waits for a confirmation, a silence or what is to follow. */
export const MAX_WINDOW_MS = 604_800_000;

/** A change is looked back on for a year and a few days, at the stored prices of before. */
export const MAX_CHANGE_MS = 53 * 604_800_000;

/** Ten years, the longest duration there is. */
export const MAX_EXTREME_MS = 315_360_000_000;

/** As far back as the longest indicator looks. */
export const MAX_AVERAGED_BARS = 1000;

/** A confirmation by more ticks than this would be one by time. */
export const MAX_CONFIRMING_TICKS = 1000;

/** A text that is wrong all over is not answered with a book. */
export const MAX_PROBLEMS = 10;
