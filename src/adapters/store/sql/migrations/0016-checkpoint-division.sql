-- Into how many partitions the instruments were divided when they were evaluated last.
create table checkpoint_division (
  is_only boolean primary key default true check (is_only),
  partitions integer not null
);
insert into checkpoint_division (partitions) select max(partition) + 1 from checkpoint_offsets having count(*) > 0;
