-- The newest duty that was heard of before the place where recording goes on: what an earlier one says behind it is kept out.
alter table recorded_offsets add column duty bigint not null default 0;
