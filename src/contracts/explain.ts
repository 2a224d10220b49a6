/**
 * What the evaluator knows of an alert at this moment, for "why has it not fired". Memory only, never durable truth:
 * an alert's status is the store's. Undefined where this process does not evaluate the symbol or has not read the
 * alert's last change yet.
 */
import type { AlertId } from '#domain/alert/alert.ts';
import type { Explanation } from '#domain/alert/explanation.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';

export type { Explanation };

export interface Explain {
  of(symbol: InstrumentSymbol, alertId: AlertId): Explanation | undefined;
}
