/**
 * Ticks and instruments as answers show them.
 */
import { sessionAt } from '#domain/calendar/session.ts';
import type { Instrument } from '#domain/market/instrument.ts';
import type { Tick } from '#domain/market/tick.ts';
import type { InstrumentView, PriceView } from '../contract/instrument.ts';
import type { PriceEventView } from '../contract/stream.ts';
import type { MarketBoard } from '../live/market-board.ts';

export function priceEvent({ symbol, price, volume, at, receivedAt, source }: Tick): PriceEventView {
  return { symbol, price, volume: volume ?? null, at, receivedAt, source };
}

export function ageMs(at: number, now: number): number {
  return Math.max(0, Math.floor(now - at));
}

export function priceView(instrument: Instrument, tick: Tick, board: MarketBoard, now: number): PriceView {
  return {
    ...priceEvent(tick),
    demo: instrument.kind === 'demo',
    ageMs: ageMs(tick.at, now),
    coverage: board.coverage(instrument),
  };
}

export function sessionView(instrument: Instrument, now: number): InstrumentView['session'] {
  const { open, until } = sessionAt(instrument.calendar, now);
  return { open, until: Number.isFinite(until) ? until : null };
}

export function instrumentView(instrument: Instrument, board: MarketBoard, now: number): InstrumentView {
  const { symbol, name, kind, currency, calendar, aliases, decimals, staleAfterMs, blindAfterMs, ownerId } = instrument;
  const tick = board.tick(symbol);
  return {
    ...{ symbol, name, kind, currency, calendar, decimals, staleAfterMs, blindAfterMs },
    aliases: [...aliases],
    own: ownerId !== null,
    session: sessionView(instrument, now),
    coverage: board.coverage(instrument),
    price: tick === undefined ? null : priceView(instrument, tick, board, now),
  };
}
