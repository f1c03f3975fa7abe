"""Import a file of past events into the raw bucket, in the layout that ingest writes.

The receive time of an event is taken from the data (it is received when it happens), so that history lies
under its own days. Rows that break the event contract go to rejected/, with the reason. Running it again
writes nothing twice. Afterwards the ETL must be told to look at those days; the last line says how.
"""

import argparse
import itertools
import os
import sys
import uuid
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import msgspec
from botocore.config import Config
from botocore.exceptions import ClientError
from contract.event import InvalidEventError, decode_event
from contract.raw_object import (
    EVENTS_PREFIX,
    REJECTED_PREFIX,
    RawLine,
    Receipt,
    RejectedLine,
    encode_lines,
    hour_prefix,
    object_name,
)
from event_mapping import MappedEvent, Mapping, MappingError, read_events, read_mapping
from tqdm import tqdm

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# Raw objects of this many events are quick to read and small enough to hold.
EVENTS_PER_OBJECT = 5000
_CONCURRENCY = 8


@dataclass(frozen=True)
class RawFile:
    """An object to write: events or rejects of one receive hour."""

    key: str
    body: bytes
    events_count: int
    is_rejected: bool


@dataclass
class ImportReport:
    """What an import did; events of objects that were there already are counted apart."""

    accepted_count: int = 0
    rejected_count: int = 0
    already_stored_count: int = 0
    objects_count: int = 0


def raw_files(source: str, events: Iterable[MappedEvent]) -> Iterator[RawFile]:
    """Yield the raw objects of the events: per receive hour, at most `EVENTS_PER_OBJECT` each. Pure."""
    in_time = sorted(events, key=lambda event: event.happened_at)
    for hour, of_hour in itertools.groupby(in_time, key=lambda event: _hour(event.happened_at)):
        events_of_hour = list(of_hour)
        for start in range(0, len(events_of_hour), EVENTS_PER_OBJECT):
            batch_id = uuid.uuid5(uuid.NAMESPACE_URL, f"{source}:{hour:%Y-%m-%dT%H}:{start}")
            yield from _files_of(batch_id, hour, events_of_hour[start : start + EVENTS_PER_OBJECT])


def _files_of(batch_id: uuid.UUID, hour: datetime, events: list[MappedEvent]) -> Iterator[RawFile]:
    accepted: list[RawLine] = []
    rejected: list[RejectedLine] = []
    for index, event in enumerate(events):
        receipt = Receipt(received_at=event.happened_at, sent_at=event.happened_at, batch_id=batch_id)
        try:
            decode_event(event.body)
        except InvalidEventError as error:
            rejected.append(RejectedLine(receipt, index, str(error), event.body.decode()))
        else:
            accepted.append(RawLine(receipt, msgspec.Raw(event.body)))
    if accepted:
        name = object_name(batch_id, (bytes(line.event) for line in accepted))
        yield RawFile(hour_prefix(EVENTS_PREFIX, hour) + name, encode_lines(accepted), len(accepted), False)
    if rejected:
        name = object_name(batch_id, (line.text.encode() for line in rejected))
        yield RawFile(hour_prefix(REJECTED_PREFIX, hour) + name, encode_lines(rejected), len(rejected), True)


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def write_files(s3: "S3Client", bucket: str, files: list[RawFile]) -> ImportReport:
    """Write every object that is not there yet, with progress; return what was done."""
    report = ImportReport()
    progress = tqdm(total=len(files), desc="importing", unit="object", file=sys.stderr, mininterval=1)
    with progress, ThreadPoolExecutor(_CONCURRENCY) as pool:
        for file, is_new in zip(files, pool.map(lambda file: _put_new(s3, bucket, file), files), strict=True):
            progress.update()
            if not is_new:
                report.already_stored_count += file.events_count
                continue
            report.objects_count += 1
            if file.is_rejected:
                report.rejected_count += file.events_count
            else:
                report.accepted_count += file.events_count
    return report


def _put_new(s3: "S3Client", bucket: str, file: RawFile) -> bool:
    try:
        s3.put_object(Bucket=bucket, Key=file.key, Body=file.body, IfNoneMatch="*")
    except ClientError as error:
        if error.response["Error"]["Code"] == "PreconditionFailed":
            return False
        raise
    return True


def import_events(
    s3: "S3Client", bucket: str, source: str, events: list[MappedEvent]
) -> tuple[ImportReport, date, date]:
    """Write the events (at least one) to the raw bucket; return the report and the dates covered."""
    report = write_files(s3, bucket, list(raw_files(source, events)))
    times = [event.happened_at for event in events]
    return report, min(times).date(), max(times).date()


def events_before(path: Path, mapping: Mapping, shift: timedelta, before: date | None) -> list[MappedEvent]:
    """Return the file's events, those before a date if one is given; `MappingError` if there are none."""
    events = [
        event
        for event in read_events(path, mapping, shift)
        if before is None or event.happened_at.date() < before
    ]
    if not events:
        raise MappingError(f"{path} holds no events{f' before {before}' if before else ''}")
    return events


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, prog="import_events.py"
    )
    parser.add_argument("file", type=Path, help="a CSV file with a header line, plain or gzip")
    parser.add_argument("--mapping", type=Path, required=True, help="the YAML file that maps its columns")
    parser.add_argument("--bucket", help="the raw bucket (default: RAW_BUCKET of the environment)")
    parser.add_argument(
        "--shift-days", type=int, default=0, help="move every event by so many days (default: 0)"
    )
    parser.add_argument(
        "--before", type=date.fromisoformat, help="only events before this date, after the shift"
    )
    return parser.parse_args()


def main() -> int:
    """Run the command line; return its exit code."""
    arguments = _arguments()
    bucket = arguments.bucket or os.environ.get("RAW_BUCKET")
    if not bucket:
        sys.stderr.write("the raw bucket must be named: --bucket (`python -m provision outputs` shows it)\n")
        return 1
    s3 = boto3.client("s3", config=Config(max_pool_connections=_CONCURRENCY, retries={"mode": "standard"}))
    shift = timedelta(days=arguments.shift_days)
    try:
        mapping = read_mapping(arguments.mapping)
        events = events_before(arguments.file, mapping, shift, arguments.before)
        report, first, last = import_events(s3, bucket, mapping.source, events)
    except (MappingError, ClientError, OSError) as error:
        sys.stderr.write(f"can't import {arguments.file}: {error}\n")
        return 1
    sys.stdout.write(
        f"imported {report.accepted_count} events in {report.objects_count} objects,"
        f" {report.rejected_count} rejected, {report.already_stored_count} were there already;"
        f" load them: python scripts/run_etl.py --from {first} --to {last}\n"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
