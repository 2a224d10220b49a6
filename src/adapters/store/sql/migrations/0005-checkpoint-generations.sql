-- A checkpoint is written in many small statements and counts from the moment its generation does: what an unfinished
-- one has written is of no generation that counts. A null is a chunk that is gone. Compressing would cost more than the
-- space it saves.
alter table checkpoint_offsets add column generation bigint not null default 0;
alter table checkpoint_chunks
  add column generation bigint not null default 0,
  alter column value drop not null,
  alter column value set storage external,
  drop constraint checkpoint_chunks_pkey,
  add primary key (partition, key, generation);
