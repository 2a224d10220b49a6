-- What a bus keeps here whose broker knows no partitions, no readers that own them and no commits.
create table bus_topics (
  topic text primary key,
  partitions integer not null
);
create table bus_logs (
  topic text not null,
  partition integer not null,
  generation integer not null default 1,
  primary key (topic, partition)
);
create table bus_members (
  topic text not null,
  consumer_group text not null,
  member text not null,
  held_until timestamptz not null,
  primary key (topic, consumer_group, member)
);
create table bus_leases (
  topic text not null,
  consumer_group text not null,
  partition integer not null,
  member text,
  token bigint not null default 0,
  next_offset bigint,
  primary key (topic, consumer_group, partition)
);
