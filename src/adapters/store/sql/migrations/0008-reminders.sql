-- Whether a trigger reminds of a condition that goes on being true.
alter table triggers add column reminder boolean not null default false;
