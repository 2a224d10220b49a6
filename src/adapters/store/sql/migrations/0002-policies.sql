-- How far a value must go back before a repeating alert arms again, how often it reminds, and the bar of one that fires
-- once per bar. Null where there is none.
alter table alerts
  add column rearm_value double precision,
  add column rearm_unit text,
  add column remind_every_ms bigint,
  add column bar_ms bigint;
