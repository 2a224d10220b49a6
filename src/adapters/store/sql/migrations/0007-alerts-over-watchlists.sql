-- An alert watches a symbol, or each member of a watchlist: then its symbol is empty and it has the list's present name.
-- members_made: the number of its last member, of all it ever had. member_counts: how many are in each state.
alter table alerts
  add column watchlist_id text,
  add column watchlist_name text,
  add column members_made integer not null default 0,
  add column member_counts json,
  add check ((symbol = '') = (watchlist_id is not null));
create index alerts_of_watchlist on alerts (watchlist_id, id) where watchlist_id is not null and not deleted;

-- One that leaves the list is deleted; what it fired stays.
create table alert_members (
  id text primary key,
  alert_id text not null references alerts (id),
  symbol text not null,
  version integer not null,
  status text not null,
  epoch integer not null,
  armed_at bigint,
  last_triggered_at bigint,
  unique (alert_id, symbol)
);

-- The list's name when it fired; null for an alert on an instrument.
alter table triggers add column watchlist text;
