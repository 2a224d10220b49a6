-- Who evaluates a partition: raised whenever somebody begins to. Saves of those before are refused.
alter table checkpoint_offsets add column holder bigint not null default 0;
