/**
 * The tables as Kysely sees them; migrations/ is the truth. Times are ms UTC and every bigint is read as a number.
 */
import type { Generated, GeneratedAlways, JSONColumnType, Kysely, Transaction } from 'kysely';

type Json<T extends object> = JSONColumnType<T, string, string>;

export interface AlertRow {
  id: string;
  user_id: string;
  symbol: string;
  condition: string;
  message: string | null;
  severity: string;
  channel_ids: string[];
  frequency: string;
  cooldown_ms: number;
  expires_at: number | null;
  session: string;
  gap: string;
  rearm_value: number | null;
  rearm_unit: string | null;
  remind_every_ms: number | null;
  bar_ms: number | null;
  watchlist_id: string | null;
  watchlist_name: string | null;
  members_made: Generated<number>;
  member_counts: Json<Record<string, number>> | null;
  version: number;
  status: string;
  epoch: number;
  armed_at: number | null;
  last_triggered_at: number | null;
  created_at: number;
  updated_at: number;
  deleted: Generated<boolean>;
}
export interface AlertMemberRow {
  id: string;
  alert_id: string;
  symbol: string;
  version: number;
  status: string;
  epoch: number;
  armed_at: number | null;
  last_triggered_at: number | null;
}
export interface TriggerRow {
  id: string;
  seq: GeneratedAlways<number>;
  user_id: string;
  alert_id: string;
  alert_version: number;
  epoch: number;
  symbol: string;
  condition: string;
  fired_at: number;
  before: Json<object> | null;
  after: Json<object>;
  leaves: Json<object[]>;
  gap: Json<object> | null;
  message: string | null;
  severity: string;
  watchlist: string | null;
  reminder: boolean;
  trace: string | null;
  evaluated_at: number;
  recorded_at: number;
}
export interface DeliveryRow {
  id: string;
  trigger_id: string;
  user_id: string;
  channel_id: string;
  status: string;
  attempts: Json<object[]>;
  next_attempt_at: number | null;
  due_at: number | null;
  fallback_for: string | null;
  created_at: number;
  updated_at: number;
}
export interface ChannelRow {
  id: string;
  user_id: string;
  kind: string;
  name: string;
  settings: Json<Record<string, string>>;
  enabled: boolean;
  fallback_order: number | null;
  last_result: Json<object> | null;
  created_at: number;
}
export interface WatchlistRow {
  id: string;
  user_id: string;
  name: string;
  name_key: string;
  symbols: string[];
  version: number;
  created_at: number;
  updated_at: number;
}
export interface InstrumentRow {
  symbol: string;
  name: string;
  kind: string;
  currency: string;
  calendar: string;
  providers: Json<Record<string, string>>;
  decimals: number;
  stale_after_ms: number;
  blind_after_ms: number;
  owner_id: string | null;
}
interface PriceColumns {
  symbol_id: number;
  at: number;
  price: number;
  volume: number | null;
  received_at: number;
  source_id: number;
  sequence: number | null;
}

export interface Database {
  user_counts: { user_id: string; kind: string; count: number };
  alerts: AlertRow;
  alert_members: AlertMemberRow;
  outbox: { id: GeneratedAlways<number>; change: Json<object> };
  triggers: TriggerRow;
  deliveries: DeliveryRow;
  channels: ChannelRow;
  watchlists: WatchlistRow;
  instruments: InstrumentRow;
  instrument_names: { name: string; symbol: string; position: number };
  symbols: { id: GeneratedAlways<number>; symbol: string };
  sources: { id: GeneratedAlways<number>; source: string };
  recorded_offsets: { partition: number; next_offset: number; arrivals: number; duty: Generated<number> };
  latest_prices: PriceColumns;
  source_positions: { symbol_id: number; source_id: number; at: number; sequence: number | null };
  candles: {
    interval_ms: number;
    symbol_id: number;
    at: number;
    open: number;
    high: number;
    low: number;
    close: number;
    volume: number;
    trades: number;
    first_at: number;
    last_at: number;
  };
  tick_rejections: {
    symbol: string;
    source: string;
    reason: string;
    count: number;
    last_at: number;
    last_price: number | null;
  };
  checkpoint_offsets: { partition: number; next_offset: number; generation: number; holder: number };
  checkpoint_chunks: { partition: number; key: string; generation: number; value: string | null };
  bus_log: { topic: string; partition: number; base_offset: number; count: number; messages: string };
  bus_commits: { topic: string; consumer_group: string; partition: number; next_offset: number };
  bus_topics: { topic: string; partitions: number };
  bus_logs: { topic: string; partition: number; generation: number };
  bus_members: { topic: string; consumer_group: string; member: string; held_until: Date };
  bus_leases: {
    topic: string;
    consumer_group: string;
    partition: number;
    member: string | null;
    token: number;
    next_offset: number | null;
  };
  ingest_members: { member: string; capacity: number; held_until: Date };
  ingest_parts: { part: number; weight: number; member: string | null; duty: number };
  checkpoint_division: { is_only: Generated<boolean>; partitions: number };
  secret_marks: { is_only: Generated<boolean>; mark: string };
  idempotency_keys: {
    user_id: string;
    key: string;
    request_hash: string;
    status: number | null;
    body: string | null;
    reserved_at: number;
  };
}

export type Sql = Kysely<Database>;
export type SqlTransaction = Transaction<Database>;
