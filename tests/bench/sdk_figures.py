"""From what visits made and what came to the collector to the figures of a tracker. Pure."""

import gzip
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.sdk_marks import marked_events
from tests.bench.sdk_visits import Visit

Figures = dict[str, Any]


@dataclass(frozen=True)
class Came:
    """What came of one tracker: its requests, and mark and id of what was kept of them."""

    requests: list[dict[str, Any]]
    kept: list[tuple[str, str]]

    @property
    def marks(self) -> set[str]:
        """The marks of all that was kept."""
        return {mark for mark, _ in self.kept}

    def marks_before(self, visit: Visit) -> set[str]:
        """The marks of what came before the visitor was back."""
        return {mark for one in self.requests if one["at"] < visit.back_at for mark, _ in one["events"]}


def kept_by_ingest(raw: Path) -> list[tuple[str, str]]:
    """Return mark and id of the events in the raw bucket, each line of it."""
    bodies = (gzip.decompress(path.read_bytes()) for path in raw.rglob("events/**/*.json.gz"))
    lines = (json.loads(line)["event"] for body in bodies for line in body.splitlines())
    return [found for line in lines for found in marked_events(json.dumps(line).encode(), "cloudworks")]


def kept_by_collector(requests: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Return mark and id of all events that a peer's server would have taken."""
    return [(event[0], event[1]) for one in requests for event in one["events"]]


def lost_percent(made: Iterable[str], came: set[str]) -> float:
    """Return how many of a hundred events did not come."""
    marks = set(made)
    return 100 * len(marks - came) / len(marks) if marks else 0.0


def loss(visits: list[Visit], came: Came) -> dict[str, float]:
    """Return what these visits lost: by the time when the visitor was back, and for good."""
    made = [mark for visit in visits for mark in visit.marks]
    at_once = sum(len(set(visit.marks) - came.marks_before(visit)) for visit in visits)
    return {
        "for_good": lost_percent(made, came.marks),
        "at_once": 100 * at_once / len(made) if made else 0.0,
        "events": len(made),
    }


def copies(came: Came) -> dict[str, int]:
    """Return how often a server would count an event twice, by its id, and how often one was sent again."""
    ids = Counter(mark for mark, _ in set(came.kept))
    sent = Counter(mark for one in came.requests for mark, _ in one["events"])
    return {
        "duplicates": sum(count - 1 for count in ids.values()),
        "sent_again": sum(count - 1 for count in sent.values()),
    }


def requests_per_hundred(marks: list[str], came: Came) -> float:
    """Return how many requests carried a hundred events."""
    wanted = set(marks)
    carried = [one for one in came.requests if wanted & {mark for mark, _ in one["events"]}]
    return 100 * len(carried) / len(marks)


def preflights(came: Came) -> int:
    """Return how often the browser asked before it sent."""
    return sum(one["method"] == "OPTIONS" for one in came.requests)
