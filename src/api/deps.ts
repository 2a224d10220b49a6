/**
 * What the API is given by the gateway role. Contracts only; made elsewhere.
 */
import type { ChannelAdapter, SendResult } from '#contracts/channel.ts';
import type { Clock } from '#contracts/clock.ts';
import type { AskExplain } from '#contracts/explain.ts';
import type { PriceIntake, SourceStatus } from '#contracts/intake.ts';
import type { Log } from '#contracts/log.ts';
import type { Metrics } from '#contracts/metrics.ts';
import type { Seal } from '#contracts/seal.ts';
import type { Channel } from '#contracts/store/channels.ts';
import type { Store } from '#contracts/store/store.ts';
import type { News } from '#contracts/topics.ts';
import type { InstrumentSymbol } from '#domain/market/instrument.ts';
import type { Accounts } from './auth/accounts.ts';
import type { Hub } from './live/hub.ts';
import type { MarketBoard } from './live/market-board.ts';
import type { Presence } from './shared/presence.ts';
import type { Sharing } from './shared/sharing.ts';

export interface ApiSettings {
  readonly version: string;
  /** '' where nobody has said how people reach the program. */
  readonly publicUrl: string;
  /** '' where there is none. */
  readonly operatorKey: string;
  readonly maxAlertsPerUser: number;
  readonly maxChannelsPerUser: number;
  readonly maxInstrumentsPerUser: number;
  readonly maxWatchlistsPerUser: number;
  readonly maxWatchlistMembers: number;
  readonly maxWatchedMembersPerUser: number;
  readonly maxBodyBytes: number;
  readonly maxSymbolsPerStream: number;
  /** Ticks of one window go out in one write, where the client does not say otherwise. */
  readonly streamWindowMs: number;
  /** Bytes that may wait for one stream in this process. */
  readonly streamBufferBytes: number;
  /** Addresses and networks of proxies whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[];
  /** Requests a minute from one user or address; 0 for no limit. */
  readonly rateLimit: number;
  /** The built page, or null where there is none to serve. */
  readonly pageFolder: string | null;
}

export interface ApiDeps {
  readonly settings: ApiSettings;
  readonly store: Store;
  readonly accounts: Accounts;
  readonly intake: PriceIntake;
  readonly channels: ReadonlyMap<string, ChannelAdapter>;
  readonly seal: Seal;
  readonly board: MarketBoard;
  readonly hub: Hub;
  readonly sharing: Sharing;
  readonly presence: Presence;
  readonly explain: AskExplain;
  readonly clock: Clock;
  /** The time prices are judged by: now, or where a recording has come to. */
  readonly marketTime: () => number;
  /** One real attempt outside the ledger, with what the far end answered. The notifier makes it. */
  readonly sendTest: (channel: Channel) => Promise<SendResult>;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Everything measured, in Prometheus text. */
  readonly metricsText: () => Promise<string>;
  readonly sources: () => readonly SourceStatus[];
  /** Each role and source with what is wrong with it, null where nothing is. */
  readonly health: () => readonly { readonly name: string; readonly problem: string | null }[];
  /** Whether one evaluator sees the prices of both; null is any instrument that there may come to be. */
  readonly areTogether: (one: InstrumentSymbol | null, other: InstrumentSymbol) => boolean;
  /** An alert was changed: publish its rule change at once. */
  readonly wakeRelay: () => void;
  /** Tells the pages and the notifier. Best effort: the truth is in the store. */
  readonly announce: (news: readonly News[]) => void;
}
