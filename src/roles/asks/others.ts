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
import { Failure } from '#errors.ts';
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
    intake: { push: (ticks) => desk.ask('push', ticks) },
    sendTest: ({ userId, id }) => desk.ask('test', { userId, id }),
    sources() {
      const heard = desk.sources;
      if (heard === null) return [];
      const age = clock.now() - heard.heardAt;
      if (age <= UNHEARD_MS) return heard.sources;
      const detail = `the process that runs it has not been heard of for ${Math.round(age / 1000)} s`;
      return heard.sources.map((source) => ({ ...source, state: 'stalled', detail }));
    },
  };
}
