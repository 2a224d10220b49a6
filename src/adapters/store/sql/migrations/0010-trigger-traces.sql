-- The span in which a trigger fired, W3C traceparent, for whoever sends its deliveries.
alter table triggers add column trace text;
