"""What cleaning adds to an event: places, campaigns, codes, exact amounts, items; and what it takes out."""

import gzip
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from contract.privacy import Privacy
from etl.clean import clean
from etl.codes import COUNTRIES, CURRENCIES, NO_CURRENCY
from etl.parse import Parsed
from hypothesis import given
from hypothesis import strategies as st

from tests.etl.events import START, event, raw_object

NAUGHTY = json.loads((Path(__file__).parents[1] / "data/hostile/blns/blns.json").read_text())


def parsed(*events: dict[str, Any], privacy: Privacy | None = None, **receipt: Any) -> Parsed:
    found = Parsed(privacy=privacy or Privacy())
    found.add_object(0, raw_object(events, START, **receipt)[1])
    assert found.rejects == []
    return found


def row(privacy: Privacy | None = None, country: str | None = None, **fields: Any) -> dict[str, Any]:
    """Return the columns of one event, None for what is missing."""
    frame = clean(parsed(event("a", START, **fields), privacy=privacy, country=country).frame())
    return {str(name): None if value is None or value is pd.NA or value != value else value  # noqa: PLR0124
            for name, value in frame.iloc[0].items()}  # fmt: skip


def test_a_pages_host_and_path_are_columns() -> None:
    found = row(page={"url": "https://WWW.shop.example:8443/vases/?q=1"})
    assert (found["page_hostname"], found["page_path"]) == ("www.shop.example", "/vases/")
    broken = row(page={"url": "http://["})
    assert (broken["page_hostname"], broken["page_path"]) == (None, None)
    nowhere = row()
    assert (nowhere["page_hostname"], nowhere["page_path"]) == (None, None)


def test_a_campaigns_parts_are_columns() -> None:
    names = ("source", "medium", "campaign", "term", "content", "campaign_id")
    address = "https://shop.example/?" + "&".join(f"utm_{name}=my+{name}" for name in names[:5]) + "&utm_id=7"
    found = row(page={"url": address})
    assert [found[name] for name in names] == [*(f"my {name}" for name in names[:5]), "7"]
    own = row(params={name: f"own {name}" for name in names}, page={"url": address})
    assert [own[name] for name in names] == [f"own {name}" for name in names]


@pytest.mark.parametrize(
    ("sent", "kept"), [("DE", "DE"), ("XX", None), ("T1", None), ("EU", None), ("UK", None), (None, None)]
)
def test_a_country_is_one_of_isos(sent: str | None, kept: str | None) -> None:
    assert row(country=sent)["country"] == kept


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        *(("EUR", "EUR"), ("eur", "EUR"), (" usd ", "USD"), ("JPY", "JPY")),
        *(("EURO", NO_CURRENCY), ("€", NO_CURRENCY), ("(invalid)", NO_CURRENCY), (978, NO_CURRENCY)),
        *(("", None), (None, None), (["EUR"], None)),
    ],
)
def test_a_currency_is_one_of_isos_or_says_that_it_is_none(sent: object, kept: str | None) -> None:
    assert row(params={"currency": sent, "value": 1})["currency"] == kept


def test_iso_has_249_countries_and_no_currency_means_none() -> None:
    assert len(COUNTRIES) == 249
    assert {len(code) for code in COUNTRIES} == {2}
    assert {len(code) for code in CURRENCIES} == {3}
    assert NO_CURRENCY not in CURRENCIES


def test_what_was_paid_besides_the_goods_is_kept_exactly() -> None:
    found = row(params={"value": 59.97, "tax": 9.58, "shipping": 4.9, "currency": "EUR"})
    assert (found["value"], found["tax"], found["shipping"]) == ("59.97", "9.58", "4.9")


def test_an_events_parameters_keep_every_digit() -> None:
    text = json.dumps(event("a", START, params={"x": 0})).replace('"x": 0', '"x": [19.90, 0.10, 1e2]')
    found = Parsed()
    body = raw_object([json.loads(text)], START)[1]
    assert b"19.90" not in body  # json.loads has lost it: the line must be made by hand
    line = {"receipt": {"received_at": "2026-03-02T10:00:00Z", "sent_at": "2026-03-02T10:00:00Z"}}
    line["receipt"]["batch_id"] = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
    raw = json.dumps({**line, "event": 0}).replace('"event": 0', f'"event": {text}').encode()
    found.add_object(0, gzip.compress(raw))
    assert found.frame()["params"][0] == '{"x":[19.90,0.10,1E+2]}'


def test_the_browsers_language_is_kept_as_it_says_it() -> None:
    assert row(device={"language": "de-CH"})["language"] == "de-CH"


def test_an_item_has_its_value_its_place_and_its_list() -> None:
    items = [
        {"item_id": "a", "price": 0.1, "quantity": 3, "index": 2, "item_list_id": "l", "coupon": "c"},
        {"item_name": "b", "price": 9.99, "discount": 1.5, "index": -1},
        {"item_id": "c", "quantity": 2, "index": 2**40},
    ]
    frame = parsed(event("a", START, items=items)).items().astype(object)
    found: list[Any] = frame.where(frame.notna(), None).to_dict("records")
    names = ("item_number", "item_value", "item_index", "item_list_id", "coupon", "discount")
    assert [tuple(item[name] for name in names) for item in found] == [
        (1, "0.3", 2, "l", "c", None),
        (2, "9.99", None, None, None, "1.5"),
        (3, None, None, None, None, None),
    ]
    assert json.loads(found[2]["item"])["index"] == 2**40


def test_what_is_private_reaches_no_column() -> None:
    """Raw may hold it: past events that were imported, and what came before the rule."""
    found = row(
        page={
            "url": "https://shop.example/?utm_source=a&utm_term=jo@example.com&token=x",
            "referrer": "/?email=y",
        },
        params={"search_term": "jo@example.com", "link_url": "mailto:jo@example.com", "note": "kept"},
    )
    assert "example.com" not in json.dumps({**found, "received_at": 0}, default=str)
    assert found["page_location"] == "https://shop.example/?utm_source=a&utm_term=(redacted)&token=(redacted)"
    assert (found["page_referrer"], found["term"]) == ("/?email=(redacted)", "(redacted)")
    assert json.loads(found["params"]) == {
        "search_term": "(redacted)", "link_url": "mailto:(redacted)", "note": "kept"
    }  # fmt: skip


def test_the_settings_say_what_is_taken_out() -> None:
    found = row(Privacy(False, ("ref",)), page={"url": "https://shop.example/?ref=1&email=jo@example.com"})
    assert found["page_location"] == "https://shop.example/?ref=(redacted)&email=jo@example.com"


def test_naughty_strings_stop_nothing() -> None:
    names = ("search_term", "currency", "source", "term", "value", "tax", "link_url")
    made = [
        event(
            str(number),
            START,
            page={"url": text[:2000], "referrer": text[:2000], "title": text[:2000]},
            params=dict.fromkeys(names, text),
        )
        for number, text in enumerate(NAUGHTY)
    ]
    found = clean(parsed(*made, country="\u202e").frame())
    assert found["page_title"].fillna("").tolist() == [text[:2000] for text in NAUGHTY]
    assert found[["tax", "country"]].isna().all(axis=None)
    assert found["value"].isna().all()
    assert found["channel"].notna().all()


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=80))
def test_any_address_is_cleaned(text: str) -> None:
    found = row(page={"url": text, "referrer": text}, params={"link_url": text, "search_term": text})
    assert found["channel"]
    assert "@" in text or found["page_location"] in (None, "", text) or "=" in text
