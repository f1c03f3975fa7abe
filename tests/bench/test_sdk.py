"""The benchmark of the SDK measures what it says, at a size that says nothing about speed or loss."""

import base64
import gzip
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest

from tests.bench import sdk_figures
from tests.bench.sdk import PEERS, Plan, measure
from tests.bench.sdk_figures import Came
from tests.bench.sdk_marks import IDS, mark, marked_events
from tests.bench.sdk_picture import picture
from tests.bench.sdk_trackers import PINNED
from tests.bench.sdk_visits import EVENTS_PER_VISIT, Visit
from tests.sdk.npm import built_sdk

ONE, OTHER = mark("t.1", 0), mark("t.1", 1)
POSTHOG = json.dumps([{"uuid": "a", "properties": {"mark": ONE}}, {"uuid": "b", "properties": {}}]).encode()


def test_visits_end_and_every_event_of_ours_is_found_in_the_raw_bucket_once(tmp_path: Path) -> None:
    said: list[str] = []
    plan = Plan(trials_count=2, peer_trials_count=0, rounds_count=1, peers=())
    # in a thread of its own: a browser of other tests may have this one's event loop
    with ThreadPoolExecutor(max_workers=1) as beside:
        measuring = beside.submit(
            measure, plan, built_sdk() / "cloudworks.js", tmp_path, tmp_path, said.append
        )
    figures = measuring.result()
    assert figures["events"] == 2 * 2 * EVENTS_PER_VISIT
    nothing = ("lost_at_close_percent", "lost_at_navigation_percent", "duplicates", "preflights")
    assert {name: figures[name] for name in nothing} == dict.fromkeys(nothing, 0)
    assert figures["lost_of_a_busy_second_percent"] == 0
    assert 2 <= figures["requests_per_100_events"] <= 5
    assert figures["track_1000_ms"] > 0
    assert figures["brotli_bytes"] < figures["gzip_bytes"]
    assert ElementTree.fromstring(picture(figures)).tag.endswith("svg")  # noqa: S314 - our own
    assert len(said) == 1


@pytest.mark.parametrize(
    ("tracker", "body", "events"),
    [
        pytest.param("posthog", POSTHOG, [(ONE, "a")], id="plain"),
        pytest.param("posthog", gzip.compress(POSTHOG, mtime=0), [(ONE, "a")], id="gzip"),
        pytest.param(
            "posthog", urlencode({"data": base64.b64encode(POSTHOG)}).encode(), [(ONE, "a")], id="form-base64"
        ),
        pytest.param("mixpanel", urlencode({"data": "[]"}).encode(), [], id="form-without-events"),
        pytest.param(
            "snowplow",
            json.dumps({"data": [{"eid": "a", "ue_pr": json.dumps({"mark": ONE})}]}).encode(),
            [(ONE, "a")],
            id="json-in-json",
        ),
        pytest.param("amplitude", b"not a word of JSON", [], id="text"),
        pytest.param("amplitude", b"", [], id="empty"),
    ],
)
def test_marked_event_is_found_however_it_is_packed(
    tracker: str, body: bytes, events: list[tuple[str, str]]
) -> None:
    assert marked_events(body, tracker) == events


def test_event_without_an_id_is_another_one_each_time() -> None:
    body = json.dumps({"n": "share", "p": {"mark": ONE}}).encode()
    (first,), (second,) = marked_events(body, "plausible"), marked_events(body, "plausible")
    assert first[0] == second[0] == ONE
    assert first[1] != second[1]


def request(at: float, *events: tuple[str, str], method: str = "POST") -> dict[str, object]:
    return {"method": method, "at": at, "events": list(events)}


def test_what_comes_after_the_visitor_is_back_is_lost_at_once_but_not_for_good() -> None:
    requests = [request(1, (ONE, "a")), request(3, (OTHER, "b"))]
    came = Came(requests, sdk_figures.kept_by_collector(requests))
    loss = sdk_figures.loss([Visit((ONE, OTHER, mark("t.1", 2), mark("t.1", 3)), back_at=2)], came)
    assert loss == {"for_good": 50, "at_once": 75, "events": 4}


def test_what_is_sent_again_under_its_id_is_no_duplicate() -> None:
    same, other = request(1, (ONE, "a")), request(2, (ONE, "b"))
    for requests, duplicates, again in (([same, same], 0, 1), ([same, other], 1, 1), ([same], 0, 0)):
        came = Came(requests, sdk_figures.kept_by_collector(requests))
        assert sdk_figures.copies(came) == {"duplicates": duplicates, "sent_again": again}


def test_requests_are_counted_by_the_events_they_carry_and_preflights_by_their_method() -> None:
    requests = [request(1, (ONE, "a"), (OTHER, "b")), request(1, method="OPTIONS"), request(1)]
    came = Came(requests, [])
    assert sdk_figures.requests_per_hundred([ONE, OTHER], came) == 50
    assert sdk_figures.preflights(came) == 1


def test_every_peer_is_pinned_has_an_adapter_and_an_id_to_know_copies_by() -> None:
    package = json.loads((PINNED / "package.json").read_text())
    assert all(version[0].isdigit() for version in package["dependencies"].values())
    assert {path.stem for path in (PINNED / "adapters").glob("*.js")} == set(IDS)
    assert len(PEERS) == len(package["dependencies"])
    packages = json.loads((PINNED / "package-lock.json").read_text())["packages"]
    installed = [found for name, found in packages.items() if name]
    assert all(found["integrity"].startswith("sha512-") for found in installed)
    assert not any("resolved" in found for found in installed)
