-- What the shop sold: its books. Amounts are those of one currency, in whole hundredths.
create table shop.orders (
    -- the order's number, which the storefront sends as `transaction_id` of the purchase event
    order_id text collate "C" primary key
    default upper(left(replace(gen_random_uuid()::text, '-', ''), 12))
    check (order_id ~ '^[A-Za-z0-9][A-Za-z0-9-]{0,63}$'),
    -- who ordered: the claim `sub` of the sign-in
    customer_id text not null check (length(customer_id) between 1 and 128),
    -- made by the client and kept when it asks again: the second time finds the order that is there
    idempotency_key text not null check (length(idempotency_key) between 1 and 128),
    status text not null default 'placed' check (status in ('placed', 'paid', 'cancelled', 'refunded')),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    -- of the items, as GA4's `value`: without shipping and tax
    value numeric(14, 2) not null check (value >= 0),
    shipping numeric(12, 2) not null default 0 check (shipping >= 0),
    tax numeric(12, 2) not null default 0 check (tax >= 0),
    total numeric(15, 2) not null generated always as (value + shipping + tax) stored,
    -- of `value`; a cancelled order counts for nothing, whatever stands here
    refunded_value numeric(14, 2) not null default 0,
    placed_at timestamptz not null default now(),
    unique (customer_id, idempotency_key),
    constraint orders_give_back_no_more_than_their_value check (refunded_value between 0 and value),
    constraint refunded_orders_gave_back_all check (status <> 'refunded' or refunded_value = value)
);

create index orders_placed_at_idx on shop.orders (placed_at);
create index orders_customer_id_idx on shop.orders (customer_id, placed_at);

-- What was ordered, with name and price as they were then.
create table shop.order_items (
    order_id text collate "C" not null references shop.orders on delete cascade,
    item_number smallint not null check (item_number between 1 and 200),
    product_id text collate "C" not null references shop.products,
    item_name text not null check (length(item_name) between 1 and 200),
    price numeric(12, 2) not null check (price >= 0),
    quantity integer not null check (quantity between 1 and 9999),
    primary key (order_id, item_number)
);

create index order_items_product_id_idx on shop.order_items (product_id);

-- At the end of a transaction an order has items, and its value is their sum.
create function shop.require_order_sum() returns trigger
language plpgsql set search_path = pg_catalog as $$
declare
    concerned text;
    ordered numeric;
    items numeric;
begin
    -- an item that moved concerns two orders
    foreach concerned in array array[old.order_id, new.order_id] loop
        select value into ordered from shop.orders where order_id = concerned;
        continue when not found; -- deleted with its items
        select sum(price * quantity) into items from shop.order_items where order_id = concerned;
        if items is distinct from ordered then
            raise exception 'order % must be worth its items: its value is %, they are worth %',
                concerned, ordered, coalesce(items::text, 'nothing, there are none')
                using errcode = 'check_violation', constraint = 'orders_are_worth_their_items';
        end if;
    end loop;
    return null;
end
$$;

revoke all on function shop.require_order_sum() from public;

create constraint trigger orders_are_worth_their_items
after insert or update of value on shop.orders deferrable initially deferred
for each row execute function shop.require_order_sum();

create constraint trigger items_are_worth_their_order
after insert or update or delete on shop.order_items deferrable initially deferred
for each row execute function shop.require_order_sum();

-- The shop's function takes orders in and shows them. When one was placed, and that it was refunded, is not
-- for it to say.
grant select on shop.orders, shop.order_items to oltp_shop;
grant insert (order_id, customer_id, idempotency_key, status, currency, value, shipping, tax)
on shop.orders to oltp_shop;
grant insert on shop.order_items to oltp_shop;

-- The reader compares amounts with the warehouse; who ordered is not its business.
grant select (order_id, status, currency, value, refunded_value, placed_at) on shop.orders to oltp_reader;
