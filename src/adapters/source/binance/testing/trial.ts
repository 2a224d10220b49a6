/**
 * The Binance source with its far end and a simulated clock, for its tests.
 */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { silentLog } from '#contracts/log.ts';
import { noMetrics } from '#contracts/metrics.ts';
import { SourceWitness } from '#contracts/source.conformance.ts';
import type { SourceContext, SourceState } from '#contracts/source.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import type { Tick } from '#domain/market/tick.ts';
import { BinanceServer, type RecordedTrade, tradeFrame } from '../../../../../test/support/binance-server.ts';
import { SimulatedClock } from '../../../../../test/support/simulated-clock.ts';
import { createBinance } from '../binance.ts';

export const BTC = 'BTC-USDT' as InstrumentSymbol;
export const ETH = 'ETH-USDT' as InstrumentSymbol;
export const START = 1_723_161_255_000;

/** Trades of one pair, a tenth of a second apart; every third shares price and time with the one before. */
export function madeTrades(count: number): RecordedTrade[] {
  return Array.from({ length: count }, (_, index) => {
    const step = index - (index % 3 === 2 ? 1 : 0);
    const [id, price, size, at] = [5000 + index, `${60_000 + step}.50000000`, '0.10000000', START + step * 100];
    return { pair: 'BTCUSDT', id, price, size, at, maker: true, frame: tradeFrame('BTCUSDT', id, price, size, at) };
  });
}

class Witness extends SourceWitness {
  readonly told: [SourceState, string][] = [];
  override state(state: SourceState, detail = ''): void {
    this.told.push([state, detail]);
    super.state(state);
  }
  get last(): string {
    return this.told.at(-1)?.[0] ?? '';
  }
}

export async function setUp(
  t: TestContext,
  trades: readonly RecordedTrade[],
  { resumeAfter = new Map() as SourceContext['resumeAfter'], now = START, symbols = [BTC, ETH] } = {},
) {
  const server = await BinanceServer.start(trades);
  const clock = new SimulatedClock(now);
  const source = createBinance({
    symbols,
    endpoint: server.endpoint,
    restEndpoint: server.restEndpoint,
  });
  const witness = new Witness();
  const start = () =>
    source.start({ clock, log: silentLog, metrics: noMetrics, resumeAfter, random: () => 0.5 }, witness);
  t.after(async () => {
    await source.stop();
    assert.equal(clock.waiting, 0);
    await server.close();
  });
  /** The market goes on and all of it arrives. */
  const play = async (count: number): Promise<void> => {
    server.play(count);
    await arrived();
  };
  const arrived = (): Promise<void> =>
    witness.until(() => {
      const newest = trades[server.position - 1] as RecordedTrade;
      const isIt = ({ sequence, symbol }: Tick): boolean =>
        sequence === newest.id && symbol.replace('-', '') === newest.pair;
      // It is nearly always the last.
      return witness.ticks.findLastIndex(isIt) !== -1 || witness.past.findLastIndex(isIt) !== -1;
    });
  const connected = (count = 1): Promise<void> => server.until(() => server.connections === count);
  return { server, clock, source, witness, start, play, arrived, connected };
}

/** Time passes until the server has seen as many connections made. */
export async function untilHandshakes(
  { server, clock }: { server: BinanceServer; clock: SimulatedClock },
  count: number,
): Promise<void> {
  while (server.handshakes.length < count) await clock.advance(250);
  await server.until(() => server.connections > 0);
}

/** Every trade once, in order, none missing: fetched ones may stand together under their last id. */
export function assertComplete(ticks: readonly Tick[], trades: readonly RecordedTrade[]): void {
  let next = 0;
  for (const tick of ticks) {
    const first = next;
    while (trades[next] !== undefined && (trades[next] as RecordedTrade).id <= (tick.sequence as number)) next += 1;
    const group = trades.slice(first, next);
    assert.ok(group.length > 0, `${tick.sequence} came twice or out of order`);
    for (const trade of group) {
      assert.equal(Number(trade.price), tick.price);
      assert.equal(trade.at, tick.at);
    }
    const size = group.reduce((sum, trade) => sum + Number(trade.size), 0);
    assert.equal(tick.volume?.toFixed(8), size.toFixed(8), `size of ${tick.sequence}`);
  }
  assert.equal(next, trades.length, 'trades are missing at the end');
}
