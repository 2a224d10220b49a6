-- Who fetches which part of the instruments, where several processes could.
create table ingest_members (
  member text primary key,
  capacity double precision not null,
  held_until timestamptz not null
);
create table ingest_parts (
  part integer primary key,
  weight double precision not null default 0,
  member text,
  duty bigint not null
);
