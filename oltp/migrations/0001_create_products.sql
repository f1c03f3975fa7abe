-- What the shop sells. The roles are made by whoever makes the database (Ansible, or the local stack).
create schema shop;

-- One row per product; names follow the items of Google Analytics 4.
create table shop.products (
    -- compared byte by byte, so that pages come in the same order everywhere
    product_id text collate "C" primary key check (product_id ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$'),
    item_name text not null check (length(item_name) between 1 and 200),
    item_brand text check (length(item_brand) between 1 and 100),
    item_category text not null check (length(item_category) between 1 and 100),
    price numeric(12, 2) not null check (price >= 0),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    -- the picture's key in the media bucket
    image_key text check (length(image_key) between 1 and 500),
    is_active boolean not null default true,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

create index products_on_sale_by_category on shop.products (item_category, product_id) where is_active;

-- the shop's function shows products; the reader compares the shop's books with the warehouse's
grant usage on schema shop to oltp_shop, oltp_reader;
grant select on shop.products to oltp_shop, oltp_reader;
