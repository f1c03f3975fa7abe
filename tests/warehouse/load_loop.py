"""Runs the ETL again and again, with new events each time, until told to stop: a process of its own.

`python -m tests.warehouse.load_loop FOLDER` writes a line of JSON per run to FOLDER/runs and ends when
FOLDER/stop is there. The buckets and the warehouse are those of the environment.
"""

import json
import os
import sys
import traceback
from pathlib import Path

import boto3
from etl.errors import TransientError
from etl.handler import handler

from tests.etl.events import event, minutes, raw_object
from tests.warehouse.pipeline import TimeLeft

EVENTS_PER_RUN = 40
DAY = {"from_date": "2026-03-02", "to_date": "2026-03-02"}


def put_events(number: int) -> None:
    """Store a batch as ingest does; one event of each batch is a copy of one that was sent before."""
    at = number / 100
    names = [f"{number}/{index}" for index in range(EVENTS_PER_RUN - 1)] + [f"{max(number - 1, 0)}/0"]
    events = [event(name, minutes(at), visitor=f"v{index % 7}") for index, name in enumerate(names)]
    key, body = raw_object(events, minutes(at), batch=str(number))
    boto3.client("s3").put_object(Bucket="raw", Key=key, Body=body)


def run_once() -> str:
    """Run the function; return what came of it."""
    try:
        handler(DAY, TimeLeft())
    except TransientError:
        return "transient"
    except Exception:
        return traceback.format_exc()
    return "loaded"


def main() -> None:
    """Put and load until told to stop."""
    folder = Path(sys.argv[1])
    os.environ.setdefault("AWS_DEFAULT_REGION", os.environ["AWS_REGION"])
    with (folder / "runs").open("w", encoding="utf-8") as runs:
        for number in range(10_000):
            put_events(number)
            runs.write(json.dumps({"events": EVENTS_PER_RUN, "outcome": run_once()}) + "\n")
            runs.flush()
            if (folder / "stop").exists():
                return


if __name__ == "__main__":
    main()
