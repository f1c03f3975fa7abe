-- A reject has a reason of one word, so that rejects can be counted by it, and the details beside it.
alter table etl.rejects add column detail text not null default '';
-- the bytes of the line in its object; `line` keeps the beginning of a long one, raw has it whole
alter table etl.rejects add column line_size_bytes bigint not null default 0;

update etl.rejects
set
    detail = reason,
    reason = case when line_number = 0 then 'unreadable' else 'invalid' end,
    line_size_bytes = length(line);

-- When somebody asked that the object be loaded once more; the next run does it.
alter table etl.objects add column reload_requested_at timestamptz;

create index objects_reload_requested_idx on etl.objects (received_hour)
where reload_requested_at is not null;
