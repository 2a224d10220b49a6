-- Single ticks stand in partitions by time, made as they are needed (../tick-parts.ts), so that those past retention go
-- by dropping a table. What was there stays where it is until it is past retention.
--
-- Programs of the version before go on with `ticks`: they read all there is, and what they add goes where it went. They
-- delete nothing any more: a row's place, by which they did, is not one in a view; so they say that they cannot.
alter table ticks rename to ticks_before;
create table ticks_by_time (like ticks_before) partition by range (at);
create index ticks_by_time_in_order on ticks_by_time (symbol_id, at, arrival);
create view ticks as
  select symbol_id, at, arrival, price, volume, received_at, source_id, sequence from ticks_before
  union all
  select symbol_id, at, arrival, price, volume, received_at, source_id, sequence from ticks_by_time;
create rule ticks_of_before as on insert to ticks do instead
  insert into ticks_before (symbol_id, at, arrival, price, volume, received_at, source_id, sequence)
  values (new.symbol_id, new.at, new.arrival, new.price, new.volume, new.received_at, new.source_id, new.sequence);
