/**
 * What the evaluator knows of a rule at this moment, for "why has it not fired". Memory only, never durable truth: an
 * alert's status is the store's. Undefined where nobody evaluates it, where it was just changed, or where nobody answered
 * in time.
 */
import type { AlertId } from '#domain/alert/alert.ts';
import type { Explanation } from '#domain/alert/explanation.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';

export type { Explanation };

export interface Explain {
  of(symbol: InstrumentSymbol, ruleId: AlertId): Explanation | undefined;
}

/** A rule, and what it is on; null where it is on no instrument. */
export interface AskedRule {
  readonly id: AlertId;
  readonly symbol: InstrumentSymbol | null;
}

/** Asks whoever evaluates these rules; the answer knows of them alone. */
export type AskExplain = (rules: readonly AskedRule[]) => Promise<Explain>;
