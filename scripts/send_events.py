"""Send a file's events to the API as a browser would: live, in batches of one visitor, over HTTP.

Batches are refused or limited only by what the API says: 429 and 5xx are tried again, politely.
"""

import argparse
import gzip
import itertools
import sys
import uuid
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import requests
from event_mapping import MappedEvent, MappingError, read_events, read_mapping
from requests.adapters import HTTPAdapter
from tqdm import tqdm
from urllib3.util import Retry

# What our SDK sends at most in one request.
EVENTS_PER_BATCH = 20
_CONCURRENCY = 4
_TIMEOUT_SECONDS = 30
# What browsers of each device category say of themselves.
_USER_AGENTS = {
    "desktop": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/140.0.0.0 Safari/537.36",
    "mobile": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15"
    " (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
    "tablet": "Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Version/17.5 Mobile/15E148 Safari/604.1",
}


@dataclass
class SendReport:
    """What the API said."""

    batches_count: int = 0
    accepted_count: int = 0
    rejected_count: int = 0
    failures: list[str] = field(default_factory=list)


def batches_of(source: str, events: Iterable[MappedEvent]) -> Iterator[tuple[uuid.UUID, list[MappedEvent]]]:
    """Yield batches (id, events) of one visitor each; the same events give the same batches."""
    ordered = sorted(events, key=lambda event: (event.anonymous_id, event.happened_at))
    for visitor, of_visitor in itertools.groupby(ordered, key=lambda event: event.anonymous_id):
        found = list(of_visitor)
        for start in range(0, len(found), EVENTS_PER_BATCH):
            chunk = found[start : start + EVENTS_PER_BATCH]
            batch_id = uuid.uuid5(
                uuid.NAMESPACE_URL, f"{source}:{visitor}:{chunk[0].happened_at.isoformat()}"
            )
            yield batch_id, chunk


def send(api_url: str, batches: list[tuple[uuid.UUID, list[MappedEvent]]]) -> SendReport:
    """Send every batch, with progress; return what the API answered."""
    report = SendReport()
    progress = tqdm(total=len(batches), desc="sending", unit="batch", file=sys.stderr, mininterval=1)
    with progress, _session() as session, ThreadPoolExecutor(_CONCURRENCY) as pool:
        for answer in pool.map(lambda batch: _post(session, api_url, *batch), batches):
            progress.update()
            report.batches_count += 1
            report.accepted_count += answer.get("accepted", 0)
            report.rejected_count += answer.get("rejected", 0)
            if "failure" in answer:
                report.failures.append(answer["failure"])
    return report


def _session() -> requests.Session:
    session = requests.Session()
    retry = Retry(
        total=6, backoff_factor=0.5, status_forcelist=[429, 500, 502, 503, 504], allowed_methods=["POST"]
    )
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(max_retries=retry, pool_maxsize=_CONCURRENCY))
    return session


def _post(
    session: requests.Session, api_url: str, batch_id: uuid.UUID, events: list[MappedEvent]
) -> dict[str, Any]:
    body = msgspec.json.encode(
        {
            "batch_id": str(batch_id),
            "sent_at": datetime.now(UTC),
            "events": [msgspec.Raw(event.body) for event in events],
        }
    )
    headers = {
        "content-type": "application/json",
        "content-encoding": "gzip",
        "user-agent": _USER_AGENTS[_device_category(events[0])],
    }
    try:
        response = session.post(
            f"{api_url}/v1/events", data=gzip.compress(body), headers=headers, timeout=_TIMEOUT_SECONDS
        )
    except requests.RequestException as error:
        return {"failure": f"batch {batch_id}: {error}"}
    if response.status_code != requests.codes.ok:
        return {"failure": f"batch {batch_id}: {response.status_code} {response.text[:300]}"}
    return dict(response.json())


def _device_category(event: MappedEvent) -> str:
    category = msgspec.json.decode(event.body).get("device", {}).get("category")
    return category if category in _USER_AGENTS else "desktop"


def events_since(
    path: Path, mapping_path: Path, shift: timedelta, since: date | None
) -> Iterator[MappedEvent]:
    """Yield the file's events from a date on, after the shift; all if no date is given."""
    for event in read_events(path, read_mapping(mapping_path), shift):
        if since is None or event.happened_at.date() >= since:
            yield event


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, prog="send_events.py"
    )
    parser.add_argument("file", type=Path, help="a CSV file with a header line, plain or gzip")
    parser.add_argument("--mapping", type=Path, required=True, help="the YAML file that maps its columns")
    parser.add_argument("--api-url", required=True, help="the API (`python -m provision outputs` shows it)")
    parser.add_argument(
        "--shift-days", type=int, default=0, help="move every event by so many days (default: 0)"
    )
    parser.add_argument(
        "--since", type=date.fromisoformat, help="only events from this date on, after the shift"
    )
    return parser.parse_args()


def main() -> int:
    """Run the command line; return its exit code."""
    arguments = _arguments()
    shift = timedelta(days=arguments.shift_days)
    try:
        events = list(events_since(arguments.file, arguments.mapping, shift, arguments.since))
        batches = list(batches_of(read_mapping(arguments.mapping).source, events))
    except (MappingError, OSError) as error:
        sys.stderr.write(f"can't read {arguments.file}: {error}\n")
        return 1
    report = send(arguments.api_url, batches)
    sys.stdout.write(
        f"sent {report.batches_count} batches: {report.accepted_count} events accepted,"
        f" {report.rejected_count} rejected, {len(report.failures)} batches failed\n"
    )
    for failure in report.failures[:5]:
        sys.stderr.write(f"{failure}\n")
    return 1 if report.failures else 0


if __name__ == "__main__":
    raise SystemExit(main())
