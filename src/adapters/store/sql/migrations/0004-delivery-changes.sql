-- A live stream that was away asks for what has changed since.
create index deliveries_by_change on deliveries (user_id, updated_at, id);
