"""What is taken out of addresses and search terms, and that nothing else is touched."""

import json
import time
from typing import Any

import msgspec
import pytest
from contract.event import decode_event
from contract.privacy import PRIVATE_PARAMETERS, Privacy, privacy_from
from hypothesis import given
from hypothesis import strategies as st

USUAL = Privacy()
SHOP = "https://shop.example"


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        # e-mail addresses, wherever they are and however they are written
        (f"{SHOP}/?q=jo@example.com&page=2", f"{SHOP}/?q=(redacted)&page=2"),
        (f"{SHOP}/u/jo.do%40example.co.uk/orders", f"{SHOP}/u/(redacted)/orders"),
        (f"{SHOP}/?q=jo%2Bvases%40example.com", f"{SHOP}/?q=(redacted)"),
        (f"{SHOP}/?next=%2Fa%3Fq%3Djo%40example.com%26b%3D1", f"{SHOP}/?next=%2Fa%3Fq%3D(redacted)%26b%3D1"),
        (f"{SHOP}/?next=%2Fa%253Fq%253Djo%2540example.com", f"{SHOP}/?next=%2Fa%253Fq%253D(redacted)"),
        (f"{SHOP}/#/thanks/jo@example.com", f"{SHOP}/#/thanks/(redacted)"),
        (f"{SHOP}/?q=J%C3%B6rg%40example.com", f"{SHOP}/?q=(redacted)"),
        ("https://x.example/?q=jörg@bücher.example", "https://x.example/?q=(redacted)"),
        ("mailto:jo@example.com", "mailto:(redacted)"),
        # listed parameters, in any case, in fragments and within encoded addresses
        (f"{SHOP}/?email=jo&a=1", f"{SHOP}/?email=(redacted)&a=1"),
        (f"{SHOP}/?a=1&Token=x%26y", f"{SHOP}/?a=1&Token=(redacted)"),
        (f"{SHOP}/#access_token=x.y-z&state=1", f"{SHOP}/#access_token=(redacted)&state=1"),
        (f"{SHOP}/?next=%2F%3Fphone%3D0123%26b%3D1", f"{SHOP}/?next=%2F%3Fphone%3D(redacted)%26b%3D1"),
        (f"{SHOP}/?a=1;password=x;b=2", f"{SHOP}/?a=1;password=(redacted);b=2"),
        # who logs in by address
        ("https://jo:secret@shop.example/x", "https://shop.example/x"),
        ("https://jo@shop.example/x?u=ftp://a:b@c.example", "https://shop.example/x?u=ftp://c.example"),
    ],
)
def test_what_is_private_is_taken_out_of_an_address(address: str, kept: str) -> None:
    assert USUAL.address(address) == kept


@pytest.mark.parametrize(
    "address",
    [
        f"{SHOP}/?q=vase&page=2#top",
        "https://social.example/@handle/1",
        f"{SHOP}/react@18.2.0/",
        f"{SHOP}/pictures/vase@2x.png",
        f"{SHOP}/?sale=%40home",
        f"{SHOP}/?myemail=1&email_sent=1&emails=2",
        f"{SHOP}/?email=",
        f"{SHOP}/email=1",
        f"{SHOP}/p/40.40",
        "http://[broken",
        "",
    ],
)
def test_an_address_without_anything_private_is_left_as_it_is(address: str) -> None:
    assert USUAL.address(address) == address


MAILBOX = st.from_regex(r"[a-z][a-z0-9._+-]{0,20}@[a-z][a-z0-9-]{0,10}\.[a-z]{2,6}", fullmatch=True)


@given(st.text(max_size=60), MAILBOX, st.text(max_size=60))
def test_no_mailbox_is_left_whatever_is_around_it(before: str, mailbox: str, after: str) -> None:
    found = USUAL.address(f"{SHOP}/{before} {mailbox}&{after}")
    assert mailbox not in found
    assert mailbox.partition("@")[2] + "&" not in found


@given(st.text(max_size=300))
def test_taking_out_twice_is_taking_out_once(text: str) -> None:
    once = USUAL.address(text)
    assert USUAL.address(once) == once
    assert USUAL.anything(USUAL.anything(text)) == USUAL.anything(text)


@given(st.text(alphabet="?&;=#%/:.(r)3Demail token@x40", max_size=300))
def test_taking_out_twice_is_taking_out_once_of_much_that_looks_private(text: str) -> None:
    once = USUAL.address(text)
    assert USUAL.address(once) == once


@pytest.mark.parametrize(
    "part", ["a", "a@", "%40", "://a", "&email=", "a.", "@a.", "%", "é", "%3D", "(redacted"]
)
def test_hostile_text_costs_no_more_than_its_length(part: str) -> None:
    text = (part * 32_768)[: 32 * 1024]
    began = time.process_time()
    USUAL.address(text + "@")
    USUAL.anything(text + "@")
    assert time.process_time() - began < 1


def event(**fields: Any) -> bytes:
    return msgspec.json.encode({"event_id": "1", **fields})


def test_all_else_of_an_event_stays_as_it_came() -> None:
    text = (
        b'{"event_id":"1","n":1.50,"page":{"url":"https://a.example/?email=x","title":"mail jo@example.com"},'
        b'"params":{"value":19.90,"big":12345678901234567890123,"e":1e2,"deep":{"u":"https://a/?email=y"},'
        b'"link_url":"/x?token=y","note":"jo@example.com","search_term":"from jo@example.com"}}'
    )
    kept = (
        b'{"event_id":"1","n":1.50,"page":{"url":"https://a.example/?email=(redacted)",'
        b'"title":"mail jo@example.com"},'
        b'"params":{"value":19.90,"big":12345678901234567890123,"e":1e2,"deep":{"u":"https://a/?email=y"},'
        b'"link_url":"/x?token=(redacted)","note":"jo@example.com","search_term":"from (redacted)"}}'
    )
    assert USUAL.event(text) == kept


@pytest.mark.parametrize("sign", ["@", "\\u0040", "%40", "%2540"])
def test_a_mailbox_is_found_however_its_sign_is_written(sign: str) -> None:
    text = b'{"page":{"url":"https://a.example/jo%sexample.com"}}' % sign.encode()
    assert USUAL.event(text) == b'{"page":{"url":"https://a.example/(redacted)"}}'


@pytest.mark.parametrize("sign", ["=", "\\u003d", "\\u003D"])
def test_a_value_is_found_however_its_sign_is_written(sign: str) -> None:
    text = b'{"page":{"referrer":"https://a.example/?token%sx"}}' % sign.encode()
    assert USUAL.event(text) == b'{"page":{"referrer":"https://a.example/?token=(redacted)"}}'


@pytest.mark.parametrize(
    "text",
    [
        event(),
        event(page=None, params={}),
        event(page={"url": None}, params={"a": [1, {"b": "x"}], "search_term": 5}),
        event(page={"url": f"{SHOP}/?q=vase"}, items=[{"item_id": "jo@example.com"}]),
    ],
)
def test_an_event_with_nothing_private_keeps_its_bytes(text: bytes) -> None:
    assert USUAL.event(text) == text


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(st.text(max_size=5), values, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=8), VALUES, max_size=5), st.text(max_size=50))
def test_parameters_that_are_no_addresses_are_what_they_were(params: dict[str, Any], query: str) -> None:
    params = {name: value for name, value in params.items() if not isinstance(value, str)}
    text = event(page={"url": f"{SHOP}/?email=x&{query}"}, params=params)
    assert json.loads(USUAL.event(text))["params"] == params


def test_the_settings_say_what_is_private() -> None:
    assert privacy_from({}) == Privacy(True, PRIVATE_PARAMETERS)
    found = privacy_from({"REDACT_EMAILS": "false", "PRIVATE_PARAMETERS": "customer[id],ref"})
    assert found == Privacy(False, ("customer[id]", "ref"))
    assert found.address("/?customer[id]=7&ref=x&email=jo@example.com") == (
        "/?customer[id]=(redacted)&ref=(redacted)&email=jo@example.com"
    )
    none = privacy_from({"REDACT_EMAILS": "false", "PRIVATE_PARAMETERS": ""})
    assert none.address("/?email=jo@example.com") == "/?email=jo@example.com"


LONG = ("https://shop.example/?" + "&tel=1" * 400)[:2048]


@pytest.mark.parametrize(
    "fields",
    [
        {"page": {"url": LONG, "referrer": LONG}},
        {"page": {"url": ("/?q=" + "a@b.de&" * 400)[:2048]}},
        {"params": {f"link_{number}": "/?tel=1&email=2" for number in range(1100)}},
    ],
)
def test_what_the_contract_takes_it_takes_without_what_is_private_too(fields: dict[str, Any]) -> None:
    whole = {
        "event_id": "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
        "event_name": "page_view",
        "event_time": 1,
        "anonymous_id": "v",
        **fields,
    }
    text = msgspec.json.encode(whole)
    decode_event(text)
    stored = USUAL.event(text)
    decode_event(stored)
    assert b"tel=1" not in stored
    assert b"a@b.de" not in stored


def test_text_that_is_no_event_keeps_nothing_private_either() -> None:
    text = (
        '{"event_name": "no good", "page": {"url": "https://a.example/?token=x", "title": "jo@example.com"}}'
    )
    assert USUAL.anything(text) == (
        '{"event_name": "no good", "page": {"url": "https://a.example/?token=(redacted)",'
        ' "title": "(redacted)"}}'
    )
