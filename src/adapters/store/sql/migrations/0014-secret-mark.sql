-- What the program knows its secret by, without knowing it from this: channels' settings are sealed with that one.
create table secret_marks (
  is_only boolean primary key default true check (is_only),
  mark text not null
);
