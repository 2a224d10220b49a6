-- What is written most is in few indexes, and none holds more than is searched by: entries that are equal share their
-- place, so the deliveries of one moment, and the versions of each, take little. (docs/adr/0030)
create index deliveries_to_do on deliveries (due_at) where due_at is not null;
create index deliveries_by_creation on deliveries (user_id, created_at);
create index deliveries_by_last_change on deliveries (user_id, updated_at);
drop index deliveries_due, deliveries_of_user, deliveries_by_change;
-- No other index has what changes of an alert when it is armed or fires, and pages have room for it: no index is touched.
drop index alerts_by_trigger;
alter table alerts set (fillfactor = 50);
