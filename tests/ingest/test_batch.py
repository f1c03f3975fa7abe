"""Ingest's pure part: what is stored and what is answered, for good, bad and hostile bodies."""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from contract.event import MAX_BODY_BYTES, MAX_EVENTS_PER_BATCH
from contract.privacy import Privacy
from contract.problem import ProblemError, problem_answer
from hypothesis import given
from hypothesis import strategies as st
from ingest.answer import accepted_answer, metrics_of
from ingest.batch import SortedBatch, sort_batch
from ingest.request import SourceIpMode, read_request, shown_source_ip

from tests.ingest.gateway import EVENT, batch_body, gateway_event

HOSTILE = Path(__file__).parents[1] / "data" / "hostile"
JSON_DOCUMENTS = sorted((HOSTILE / "jsontestsuite" / "test_parsing").iterdir())
NAUGHTY_STRINGS = json.loads((HOSTILE / "blns" / "blns.json").read_text())
AT = datetime(2024, 6, 29, 22, 2, 42, tzinfo=UTC)


def sorted_batch(body: bytes, **headers: str) -> SortedBatch:
    return sort_batch(read_request(gateway_event(body, **headers)), AT, "truncate")


def outcome(body: bytes) -> SortedBatch | ProblemError:
    """Return what comes of a body; any other error is a crash."""
    try:
        return sorted_batch(body)
    except ProblemError as problem:
        return problem


def problem_of(body: bytes, **headers: str) -> ProblemError:
    with pytest.raises(ProblemError) as raised:
        sorted_batch(body, **headers)
    return raised.value


def test_good_events_are_accepted_and_bad_ones_kept_with_their_reason() -> None:
    other = {**EVENT, "event_id": "6ba7b811-9dad-11d1-80b4-00c04fd430c8"}
    batch = sorted_batch(batch_body(EVENT, {**EVENT, "event_name": "no good"}, other))
    answer = json.loads(accepted_answer(batch)["body"])
    assert (answer["accepted"], answer["rejected"]) == (2, 1)
    assert answer["errors"][0]["index"] == 1
    assert answer["errors"][0]["event_id"] == EVENT["event_id"]
    assert "event_name" in answer["errors"][0]["reason"]
    rejected_key, accepted_key = batch.objects()
    assert accepted_key.startswith("events/dt=2024-06-29/hr=22/")
    assert rejected_key.startswith("rejected/dt=2024-06-29/hr=22/")
    kept = json.loads(gzip.decompress(batch.objects()[rejected_key]))
    assert json.loads(kept["text"])["event_name"] == "no good"


def test_receipt_holds_what_only_the_receiver_knows() -> None:
    line = json.loads(gzip.decompress(next(iter(sorted_batch(batch_body(EVENT)).objects().values()))))
    assert line["receipt"]["source_ip"] == "203.0.113.0"
    assert line["receipt"]["user_agent"] == "Firefox"
    assert line["receipt"]["received_at"] == "2024-06-29T22:02:42Z"
    assert "user_id" not in line


def test_user_id_comes_from_verified_claims() -> None:
    event = gateway_event(batch_body(EVENT))
    event["requestContext"]["authorizer"] = {"jwt": {"claims": {"sub": "person-1"}}}
    batch = sort_batch(read_request(event), AT, "truncate")
    assert [line.user_id for line in batch.accepted] == ["person-1"]


def test_retried_batch_has_the_same_keys_and_another_one_has_not() -> None:
    body = batch_body(EVENT)
    assert list(sorted_batch(body).objects()) == list(sorted_batch(body).objects())
    assert list(sorted_batch(body).objects()) != list(
        sorted_batch(batch_body({**EVENT, "event_time": 1})).objects()
    )


def test_gzip_body_is_read() -> None:
    assert len(sorted_batch(gzip.compress(batch_body(EVENT)), content_encoding="gzip").accepted) == 1


@pytest.mark.parametrize("content_type", ["text/plain;charset=UTF-8", "text/plain", "Application/JSON"])
def test_json_sent_as_text_is_read_because_browsers_send_that_without_a_preflight(content_type: str) -> None:
    assert len(sorted_batch(batch_body(EVENT), content_type=content_type).accepted) == 1


@pytest.mark.parametrize(
    ("status", "slug", "body", "headers"),
    [
        (415, "unsupported-media-type", batch_body(EVENT), {"content_type": "text/csv"}),
        (415, "unsupported-media-type", batch_body(EVENT), {"content_type": ""}),
        (415, "unsupported-content-encoding", batch_body(EVENT), {"content_encoding": "br"}),
        (400, "bad-gzip", batch_body(EVENT), {"content_encoding": "gzip"}),
        (400, "bad-gzip", gzip.compress(batch_body(EVENT))[:-9], {"content_encoding": "gzip"}),
        (400, "empty-body", b" \n", {}),
        (400, "malformed-json", b'{"sent_at": ', {}),
        (400, "malformed-json", b'{"events":' + b"[" * 100_000, {}),
        (400, "not-utf-8", b'{"sent_at": "\xff"}', {}),
        (422, "not-a-batch", b"[]", {}),
        (422, "not-a-batch", batch_body(), {}),
        (422, "not-a-batch", batch_body(*[EVENT] * (MAX_EVENTS_PER_BATCH + 1)), {}),
        (422, "not-a-batch", b'{"sent_at": "yesterday", "events": [{}]}', {}),
        (422, "not-a-batch", b'{"sent_at": "2024-06-29T22:02:41", "events": [{}]}', {}),
        (413, "body-too-large", b" " * (MAX_BODY_BYTES + 1), {}),
        (413, "body-too-large", gzip.compress(b" " * (MAX_BODY_BYTES + 1)), {"content_encoding": "gzip"}),
    ],
)
def test_unreadable_request_is_a_problem(
    status: int, slug: str, body: bytes, headers: dict[str, str]
) -> None:
    problem = problem_of(body, **headers)
    assert (problem.status, problem.slug) == (status, slug)
    answer = problem_answer(problem, "r1")
    assert answer["headers"]["content-type"] == "application/problem+json"
    assert set(json.loads(answer["body"])) == {"type", "title", "status", "detail", "instance"}


def test_bad_base64_is_a_problem() -> None:
    event = {**gateway_event(b""), "body": "%%%"}
    with pytest.raises(ProblemError, match="400"):
        read_request(event)


@pytest.mark.parametrize("document", JSON_DOCUMENTS, ids=lambda path: path.name)
def test_hostile_document_as_body_is_a_problem_and_never_a_crash(document: Path) -> None:
    assert problem_of(document.read_bytes()).status in (400, 422)


@pytest.mark.parametrize("document", JSON_DOCUMENTS, ids=lambda path: path.name)
def test_hostile_document_as_parameter_is_accepted_whole_or_refused(document: Path) -> None:
    text = document.read_bytes()
    event = json.dumps({**EVENT, "params": {"x": "@"}}).encode().replace(b'"@"', text)
    batch = outcome(b'{"sent_at":"2024-06-29T22:02:41Z","events":[' + event + b"]}")
    if isinstance(batch, ProblemError):
        assert batch.status in (400, 422)
        assert not document.name.startswith("y_")
        return
    is_storable = len(batch.accepted) == 1
    assert is_storable or len(batch.rejected) == 1
    if document.name.startswith("y_") and b"\\u0000" not in text:
        assert is_storable
    if document.name.startswith("n_"):
        assert not is_storable
    for body in batch.objects().values():
        assert json.loads(gzip.decompress(body))


def test_naughty_strings_are_stored_unchanged() -> None:
    assert len(NAUGHTY_STRINGS) == 515
    for start in range(0, len(NAUGHTY_STRINGS), 100):
        texts = NAUGHTY_STRINGS[start : start + 100]
        batch = sorted_batch(batch_body(*({**EVENT, "params": {"x": text}} for text in texts)))
        assert not batch.rejected
        assert [json.loads(bytes(line.event))["params"]["x"] for line in batch.accepted] == texts


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@given(st.binary(max_size=300) | _JSON.map(lambda value: json.dumps(value).encode()))
def test_any_body_is_a_batch_or_a_problem(body: bytes) -> None:
    found = outcome(body)
    assert isinstance(found, SortedBatch) or 400 <= found.status < 500


@given(st.dictionaries(st.sampled_from([*EVENT, "page", "items", "params", "device", "zzz"]), _JSON))
def test_every_event_of_a_batch_is_accepted_or_rejected(changes: dict[str, Any]) -> None:
    try:
        body = json.dumps(
            {"sent_at": "2024-06-29T22:02:41Z", "events": [EVENT, {**EVENT, **changes}]}, allow_nan=False
        ).encode()
    except ValueError:
        return
    batch = outcome(body)
    if isinstance(batch, ProblemError):
        # a lone surrogate is refused with the whole text: it is no Unicode
        assert batch.slug == "malformed-json"
        return
    assert len(batch.accepted) + len(batch.rejected) == 2
    assert bytes(batch.accepted[0].event) == msgspec.json.encode(EVENT)


def test_resent_batch_counts_as_resent_only() -> None:
    batch = sorted_batch(batch_body(EVENT))
    first, again = (metrics_of(batch, new) for new in (batch.objects(), ()))
    assert (first["EventsAccepted"], first["BatchesResent"]) == (("Count", 1), ("Count", 0))
    assert (again["EventsAccepted"], again["BatchesResent"]) == (("Count", 0), ("Count", 1))


@pytest.mark.parametrize(
    ("address", "mode", "shown"),
    [
        ("203.0.113.77", "truncate", "203.0.113.0"),
        ("2001:db8:aa:bb::1", "truncate", "2001:db8:aa::"),
        ("203.0.113.77", "keep", "203.0.113.77"),
        ("203.0.113.77", "drop", None),
    ],
)
def test_source_address_is_shown_as_the_setting_says(
    address: str, mode: SourceIpMode, shown: str | None
) -> None:
    assert shown_source_ip(address, mode) == shown


def stored_lines(batch: SortedBatch) -> list[dict[str, Any]]:
    return [
        json.loads(line) for body in batch.objects().values() for line in gzip.decompress(body).splitlines()
    ]


def test_what_is_private_is_never_stored() -> None:
    page = {"url": "https://shop.example/?email=jo&q=jo@example.com", "title": "Vases"}
    good = {**EVENT, "page": page, "params": {"link_url": "mailto:jo@example.com", "value": 19.90}}
    bad = {**good, "event_name": "no good"}
    batch = sorted_batch(batch_body(good, bad))
    assert (len(batch.accepted), len(batch.rejected)) == (1, 1)
    for body in batch.objects().values():
        assert b"jo@example.com" not in gzip.decompress(body)
        assert b"email=jo" not in gzip.decompress(body)
    (line,) = [line for line in stored_lines(batch) if "event" in line]
    assert line["event"]["page"] == {
        "url": "https://shop.example/?email=(redacted)&q=(redacted)",
        "title": "Vases",
    }
    # sent again, it is the same batch
    assert list(sorted_batch(batch_body(good, bad)).objects()) == list(batch.objects())


def test_the_settings_may_keep_what_is_private() -> None:
    page = {"url": "https://shop.example/?email=jo@example.com"}
    request = read_request(gateway_event(batch_body({**EVENT, "page": page})))
    (line,) = stored_lines(sort_batch(request, AT, "truncate", Privacy(False, ())))
    assert line["event"]["page"] == page


@pytest.mark.parametrize(
    ("header", "sent", "kept"),
    [
        ("cloudfront-viewer-country", {"cloudfront_viewer_country": "DE"}, "DE"),
        ("cloudfront-viewer-country", {"cloudfront_viewer_country": "de"}, "DE"),
        ("cloudfront-viewer-country", {"cloudfront_viewer_country": "Germany"}, None),
        ("cloudfront-viewer-country", {"cloudfront_viewer_country": "D\n"}, None),
        ("cloudfront-viewer-country", {}, None),
        ("cf-ipcountry", {"cloudfront_viewer_country": "DE"}, None),
        ("", {"cloudfront_viewer_country": "DE"}, None),
    ],
)
def test_the_country_is_what_the_named_header_says(
    header: str, sent: dict[str, str], kept: str | None
) -> None:
    request = read_request(gateway_event(batch_body(EVENT), **sent), header)
    (line,) = stored_lines(sort_batch(request, AT, "truncate"))
    assert line["receipt"].get("country") == kept


@pytest.mark.parametrize("user_agent", ["", None, "\0"])
def test_a_request_without_a_user_agent_says_so(user_agent: str | None) -> None:
    """Raw tells it from a past event that was imported, which came without a request."""
    event = gateway_event(batch_body(EVENT))
    event["requestContext"]["http"]["userAgent"] = user_agent
    (line,) = stored_lines(sort_batch(read_request(event), AT, "truncate"))
    assert line["receipt"]["user_agent"] == ""
