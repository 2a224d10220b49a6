-- Times are ms UTC in bigint, prices double precision, ids text. Enumerations are text: the types in src/domain say
-- which values there are. JSON is `json`, not `jsonb`: it is never searched, and comes back byte for byte.

-- How many things of a kind a user has, so that a limit is one atomic statement however many there are.
create table user_counts (
  user_id text not null,
  kind text not null,
  count integer not null,
  primary key (user_id, kind)
);

create table alerts (
  id text primary key,
  user_id text not null,
  symbol text not null,
  condition text not null,
  message text,
  severity text not null,
  channel_ids text[] not null,
  frequency text not null,
  cooldown_ms bigint not null,
  expires_at bigint,
  session text not null,
  gap text not null,
  version integer not null,
  status text not null,
  epoch integer not null,
  armed_at bigint,
  last_triggered_at bigint,
  created_at bigint not null,
  updated_at bigint not null,
  deleted boolean not null default false
);
create index alerts_by_creation on alerts (user_id, created_at, id) where not deleted;
create index alerts_by_symbol on alerts (user_id, symbol, id) where not deleted;
create index alerts_by_trigger on alerts (user_id, coalesce(last_triggered_at, -1), id) where not deleted;

-- Rule changes not yet on the bus, in the order of their commits for any one alert.
create table outbox (
  id bigint generated always as identity primary key,
  change json not null
);

create table triggers (
  id text primary key,
  seq bigint generated always as identity unique,
  user_id text not null,
  alert_id text not null,
  alert_version integer not null,
  epoch integer not null,
  symbol text not null,
  condition text not null,
  fired_at bigint not null,
  before json,
  after json not null,
  leaves json not null,
  gap json,
  message text,
  severity text not null,
  evaluated_at bigint not null,
  recorded_at bigint not null
);
create index triggers_of_user on triggers (user_id, seq);
create index triggers_of_alert on triggers (alert_id, seq);

-- due_at: when somebody has to act on it; the lease's end while it is `sending`, null when nobody has to.
create table deliveries (
  id text primary key,
  trigger_id text not null,
  user_id text not null,
  channel_id text not null,
  status text not null,
  attempts json not null,
  next_attempt_at bigint,
  due_at bigint,
  fallback_for text,
  created_at bigint not null,
  updated_at bigint not null
);
create index deliveries_due on deliveries (due_at, id) where due_at is not null;
create index deliveries_of_user on deliveries (user_id, created_at, id);
create index deliveries_of_trigger on deliveries (trigger_id);

create table channels (
  id text primary key,
  user_id text not null,
  kind text not null,
  name text not null,
  settings json not null,
  enabled boolean not null,
  fallback_order integer,
  last_result json,
  created_at bigint not null
);
create index channels_of_user on channels (user_id, created_at, id);

create table instruments (
  symbol text primary key,
  name text not null,
  kind text not null,
  currency text not null,
  calendar text not null,
  providers json not null,
  decimals integer not null,
  stale_after_ms bigint not null,
  blind_after_ms bigint not null,
  owner_id text
);
create index instruments_of_owner on instruments (owner_id) where owner_id is not null;
-- Every spelling that finds an instrument, its symbol included: one owner each, in the whole system.
create table instrument_names (
  name text primary key,
  symbol text not null references instruments (symbol) on delete cascade,
  position integer not null
);
create index instrument_names_of on instrument_names (symbol);

-- Small numbers for symbols and sources, so that a tick's row and its index stay short.
create table symbols (
  id integer generated always as identity primary key,
  symbol text not null unique
);
create table sources (
  id smallint generated always as identity primary key,
  source text not null unique
);

create table recorded_offsets (
  partition integer primary key,
  next_offset bigint not null,
  arrivals bigint not null
);
-- arrival: the tick's number in its partition, for the order among ticks of one symbol with the same `at`.
create table ticks (
  symbol_id integer not null,
  at bigint not null,
  arrival bigint not null,
  price double precision not null,
  volume double precision,
  received_at bigint not null,
  source_id smallint not null,
  sequence bigint
);
create index ticks_in_order on ticks (symbol_id, at, arrival);
-- Rows that are changed over and over get room on their page, so that a change need not touch the index.
create table latest_prices (
  symbol_id integer primary key,
  at bigint not null,
  price double precision not null,
  volume double precision,
  received_at bigint not null,
  source_id smallint not null,
  sequence bigint
) with (fillfactor = 40);
-- How far each source has come with each symbol.
create table source_positions (
  symbol_id integer not null,
  source_id smallint not null,
  at bigint not null,
  sequence bigint,
  primary key (symbol_id, source_id)
) with (fillfactor = 40);
-- Candles of a minute, and of an hour and a day made of the same ticks, so that a long range reads few rows.
-- first_at, last_at: times of the ticks that gave open and close, so that a late tick finds its place.
create table candles (
  interval_ms integer not null,
  symbol_id integer not null,
  at bigint not null,
  open double precision not null,
  high double precision not null,
  low double precision not null,
  close double precision not null,
  volume double precision not null,
  trades integer not null,
  first_at bigint not null,
  last_at bigint not null,
  primary key (interval_ms, symbol_id, at)
) with (fillfactor = 70);
create table tick_rejections (
  symbol text not null,
  source text not null,
  reason text not null,
  count bigint not null,
  last_at bigint not null,
  last_price double precision,
  primary key (symbol, source, reason)
);

create table checkpoint_offsets (
  partition integer primary key,
  next_offset bigint not null
);
create table checkpoint_chunks (
  partition integer not null,
  key text not null,
  value text not null,
  primary key (partition, key)
);

-- The memory bus's log: one row a batch, however many messages it has.
create table bus_log (
  topic text not null,
  partition integer not null,
  base_offset bigint not null,
  count integer not null,
  messages text not null,
  primary key (topic, partition, base_offset)
);
create table bus_commits (
  topic text not null,
  consumer_group text not null,
  partition integer not null,
  next_offset bigint not null,
  primary key (topic, consumer_group, partition)
);

create table idempotency_keys (
  user_id text not null,
  key text not null,
  request_hash text not null,
  status integer,
  body text,
  reserved_at bigint not null,
  primary key (user_id, key)
);
create index idempotency_keys_by_age on idempotency_keys (reserved_at);
