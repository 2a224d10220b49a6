/**
 * What can be watched.
 */
import type { UserId } from '#domain/alert/alert.ts';
import type { Instrument, InstrumentSymbol } from '#domain/market/instrument.ts';

export interface InstrumentStore {
  /** Adds or brings up to date shared instruments (a source's catalogue); keeps aliases that others use out. */
  upsertShared(instruments: readonly Instrument[]): Promise<void>;
  /** A private one, unless the symbol or an alias is taken or the user has `limit` of them. */
  createPrivate(instrument: Instrument, limit: number): Promise<'created' | 'taken' | 'limit-reached'>;
  /** By canonical symbol or alias, as this user may see it: shared ones and the user's own. */
  resolve(userId: UserId | null, text: string): Promise<Instrument | undefined>;
  /** Each of these texts as `resolve` would, in the order asked for. */
  resolveMany(userId: UserId | null, texts: readonly string[]): Promise<readonly (Instrument | undefined)[]>;
  /** Best match first: symbol, alias, beginning of a name, part of a name. */
  search(userId: UserId | null, query: string, limit: number): Promise<readonly Instrument[]>;
  /** For roles: all, or only these. */
  all(): Promise<readonly Instrument[]>;
  getMany(symbols: readonly InstrumentSymbol[]): Promise<readonly Instrument[]>;
  reassign(from: UserId, to: UserId): Promise<void>;
}
