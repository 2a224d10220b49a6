/**
 * What the gateway needs of the other roles, asked of them wherever they run.
 */
import type { Bus } from '#contracts/bus.ts';
import type { SendResult } from '#contracts/channel.ts';
import type { Clock } from '#contracts/clock.ts';
import type { AskExplain, Explanation } from '#contracts/explain.ts';
import type { PriceIntake, SourceStatus } from '#contracts/intake.ts';
import type { Channel } from '#contracts/store/channels.ts';
import type { AlertId } from '#domain/alert/alert.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import type { Tick, TickVerdict } from '#domain/market/tick.ts';
import { Failure } from '#errors.ts';
import { overall } from '../ingest/overall-status.ts';
import type { Desk } from './desk.ts';

/** The ingest tells every 2 s; a takeover is over within 10 s. */
const UNHEARD_MS = 12_000;

export interface Others {
  readonly explain: AskExplain;
  readonly intake: PriceIntake;
  readonly sendTest: (channel: Channel) => Promise<SendResult>;
  readonly sources: () => readonly SourceStatus[];
}

export function askOthers(desk: Desk, bus: Bus, clock: Clock): Others {
  return {
    async explain(rules) {
      const byPartition = new Map<number, { readonly id: AlertId; readonly symbol: InstrumentSymbol }[]>();
      for (const { id, symbol } of rules) {
        if (symbol === null) continue;
        const partition = bus.partitionOf('stock-prices', symbol);
        const some = byPartition.get(partition) ?? [];
        some.push({ id, symbol });
        byPartition.set(partition, some);
      }
      const known = new Map<AlertId, Explanation>();
      const asked = [...byPartition].map(async ([partition, some]) => {
        try {
          const answer = await desk.ask('explain', { partition, rules: some });
          for (const [id, explanation] of answer) known.set(id, explanation);
        } catch (error) {
          // Nobody evaluates it at this moment: not known.
          if (!(error instanceof Failure)) throw error;
        }
      });
      await Promise.all(asked);
      return { of: (_symbol, id) => known.get(id) };
    },
    intake: { push: (ticks) => pushInParts(desk, bus, ticks) },
    sendTest: ({ userId, id }) => desk.ask('test', { userId, id }),
    sources() {
      const parts = desk.sources.map(({ heardAt, sources }) => {
        const age = clock.now() - heardAt;
        if (age <= UNHEARD_MS) return sources;
        const detail = `the process that runs it has not been heard of for ${Math.round(age / 1000)} s`;
        return sources.map((source): SourceStatus => ({ ...source, state: 'stalled', detail }));
      });
      return overall(parts);
    },
  };
}

/** Each part of the instruments is asked for by itself: others may fetch it. */
async function pushInParts(desk: Desk, bus: Bus, ticks: readonly Tick[]): Promise<readonly TickVerdict[]> {
  const byPartition = Map.groupBy(ticks.keys(), (index) =>
    bus.partitionOf('stock-prices', (ticks[index] as Tick).symbol),
  );
  const verdicts: TickVerdict[] = [];
  const asked = [...byPartition.values()].map(async (places) => {
    const answer = await desk.ask(
      'push',
      places.map((index) => ticks[index] as Tick),
    );
    for (const [i, index] of places.entries()) verdicts[index] = answer[i] as TickVerdict;
  });
  await Promise.all(asked);
  return verdicts;
}
