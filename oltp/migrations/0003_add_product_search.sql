-- Products are found by words of their name, brand and category: in any order, by their beginnings, whatever
-- the case and the accents.

-- The words of a text. Collation and normal form are named, so that they are the same in every database.
create function shop.words_of(shown text) returns text[]
language sql immutable strict parallel safe set search_path = pg_catalog as $$
    select array_remove(
        regexp_split_to_array(
            lower(
                normalize(regexp_replace(normalize(shown, nfd), '[\u0300-\u036f]', '', 'g'), nfc)
                collate pg_c_utf8
            ),
            '[^[:alnum:]]+'
        ),
        ''
    )
$$;

-- What somebody searched for, as a query: every word, or the beginning of it. Null when there is none.
create function shop.search_query(asked text) returns tsquery
language sql immutable strict parallel safe set search_path = pg_catalog as $$
    select string_agg(quote_literal(word) || ':*', ' & ')::tsquery from unnest(shop.words_of(asked)) as word
$$;

-- Words as they are, by no language's rules: a catalogue has many, and brands have none.
alter table shop.products add column search_words tsvector not null generated always as (
    array_to_tsvector(shop.words_of(item_name || ' ' || coalesce(item_brand, '') || ' ' || item_category))
) stored;

create index products_search_words_idx on shop.products using gin (search_words);

revoke all on function shop.words_of(text), shop.search_query(text) from public;
grant execute on function shop.words_of(text), shop.search_query(text) to oltp_shop;
