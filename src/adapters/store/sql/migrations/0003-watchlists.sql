-- name_key: the name as two that a person takes for the same have in common.
create table watchlists (
  id text primary key,
  user_id text not null,
  name text not null,
  name_key text not null,
  symbols text[] not null,
  version integer not null,
  created_at bigint not null,
  updated_at bigint not null,
  unique (user_id, name_key)
);
