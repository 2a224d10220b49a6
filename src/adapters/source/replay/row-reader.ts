/**
 * What reads a recording row by row, and the pieces the readers share.
 */
import { parse } from 'csv-parse/sync';
import { type InstrumentSymbol, parseSymbol } from '#domain/market/instrument.ts';

/** A tick as the recording says it; the source's name is added where it is sent. */
export interface RecordedTick {
  readonly symbol: InstrumentSymbol;
  readonly price: number;
  readonly volume?: number;
  readonly at: number;
  readonly receivedAt: number;
  readonly sequence: number;
}

export interface RowReader {
  /** How often the recording speaks at most, for coverage: null for single trades. */
  readonly intervalMs: number | null;
  /** The rows are frames of a provider, which knows its instruments itself. */
  readonly isFrames: boolean;
  /** Adds the row's ticks to `out`, or says what is wrong with the row. `line` counts from 1 as editors do. */
  row(text: string, line: number, out: RecordedTick[]): string | undefined;
  /** Adds what was kept back until the next row. */
  end(out: RecordedTick[]): void;
}

/** The columns of a row. Quoted fields are rare in price data, so the plain split is the fast path. */
export function splitRow(text: string): readonly string[] {
  if (!text.includes('"')) return text.split(',');
  try {
    return (parse(text, { relax_column_count: true }) as string[][])[0] ?? [];
  } catch {
    return [];
  }
}

/** The number a field says; NaN for an empty or broken one. */
export function numberOf(field: string | undefined): number {
  return field === undefined || field === '' || field.trim() === '' ? Number.NaN : Number(field);
}

/** ms UTC of a field: epoch seconds or milliseconds, `20240131`, `2024-01-31` or an ISO time; NaN otherwise. */
export function timeOf(field: string | undefined): number {
  if (field === undefined) return Number.NaN;
  if (field.length === 13 || field.length === 10 || field.length === 8) {
    const number = Number(field);
    if (Number.isSafeInteger(number) && number > 0) {
      if (field.length === 13) return number;
      if (field.length === 10) return number * 1000;
      return Date.parse(`${field.slice(0, 4)}-${field.slice(4, 6)}-${field.slice(6)}T00:00:00Z`);
    }
  }
  // A time without a zone would mean this machine's zone: refused.
  return /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(field) ? Date.parse(field) : Number.NaN;
}

/** Turns the recording's names into canonical symbols, remembering each. */
export class SymbolColumn {
  private readonly known = new Map<string, InstrumentSymbol | undefined>();
  private readonly canonical: (symbol: InstrumentSymbol) => InstrumentSymbol | undefined;

  constructor(canonical: (symbol: InstrumentSymbol) => InstrumentSymbol | undefined) {
    this.canonical = canonical;
  }

  read(text: string | undefined): InstrumentSymbol | undefined {
    if (text === undefined) return undefined;
    const known = this.known.get(text);
    if (known !== undefined) return known;
    const parsed = parseSymbol(text);
    const symbol = parsed === undefined ? undefined : this.canonical(parsed);
    if (symbol !== undefined) this.known.set(text, symbol);
    return symbol;
  }
}
