"""Look at what the platform says of itself: alarms, logs, and runs of the ETL that wait for a person.

alarms: every alarm, those that ring first; ring: lets one ring once, to see that people are told.
log: lines of a log, oldest first. dead-letters: runs given up; with --clear they are gone for good.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from provision.aws import Aws
from provision.identity import identify
from provision.resource import Document
from provision.settings import DEFAULT_PATH, Settings, read_settings

LOGS = {"ingest": "/aws/lambda", "etl": "/aws/lambda", "shop": "/aws/lambda", "api": "/aws/apigateway"}
MOST_LETTERS = 10  # SQS hands out no more at a time
STATES = ("ALARM", "INSUFFICIENT_DATA", "OK")


def alarm_lines(aws: Aws, stem: str) -> Iterator[str]:
    """Yield a line for each alarm, ringing ones first: state, since when, name, what it means."""
    pages = aws.watch.get_paginator("describe_alarms").paginate(AlarmNamePrefix=stem)
    alarms: list[Document] = [alarm for page in pages for alarm in page["MetricAlarms"]]
    for alarm in sorted(alarms, key=lambda one: (STATES.index(one["StateValue"]), one["AlarmName"])):
        since = alarm["StateUpdatedTimestamp"].astimezone(UTC)
        yield f"{alarm['StateValue']:17} since {since:%Y-%m-%d %H:%M}  {alarm['AlarmName']}"
        if alarm["StateValue"] != "OK":
            yield f"    {alarm['AlarmDescription']}"


def log_lines(aws: Aws, group: str, hours: float, search: str) -> Iterator[str]:
    """Yield the lines of the last hours, with their times in UTC, that hold the text."""
    since = round((time.time() - hours * 3600) * 1000)
    wanted: dict[str, Any] = {"logGroupName": group, "startTime": since}
    if search:
        wanted["filterPattern"] = '"' + search.replace('"', '\\"') + '"'
    for page in aws.logs.get_paginator("filter_log_events").paginate(**wanted):
        for event in page["events"]:
            at = datetime.fromtimestamp(event["timestamp"] / 1000, UTC)
            yield f"{at:%Y-%m-%d %H:%M:%S} {event['message'].rstrip()}"


def dead_letter_lines(aws: Aws, url: str) -> Iterator[str]:
    """Yield the messages that wait, as they are, without taking them away; then how many there are."""
    answer = aws.queues.receive_message(
        QueueUrl=url,
        MaxNumberOfMessages=MOST_LETTERS,
        VisibilityTimeout=0,
        WaitTimeSeconds=1,
        MessageAttributeNames=["All"],
    )
    for message in answer.get("Messages", []):
        reasons = {
            name: value.get("StringValue") for name, value in message.get("MessageAttributes", {}).items()
        }
        yield f"{message['Body']} {reasons or ''}".rstrip()
    attributes = aws.queues.get_queue_attributes(
        QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"]
    )["Attributes"]
    yield f"{attributes['ApproximateNumberOfMessages']} runs wait, {MOST_LETTERS} at most are shown"


def _alarms(aws: Aws, settings: Settings, _arguments: argparse.Namespace) -> Iterator[str]:
    yield from alarm_lines(aws, f"{settings.project}-{settings.environment}-")


def _ring(aws: Aws, settings: Settings, arguments: argparse.Namespace) -> Iterator[str]:
    name = identify(settings, arguments.alarm).name
    reason = "Rung by hand to see that people are told; CloudWatch puts the state right at its next look."
    aws.watch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason=reason)
    yield f"{name} rings. Whoever confirmed platform_alarm_email must hear of it within a minute."


def _log(aws: Aws, settings: Settings, arguments: argparse.Namespace) -> Iterator[str]:
    group = f"{LOGS[arguments.log]}/{identify(settings, arguments.log).name}"
    yield from log_lines(aws, group, arguments.hours, arguments.search)


def _dead_letters(aws: Aws, settings: Settings, arguments: argparse.Namespace) -> Iterator[str]:
    url = aws.queues.get_queue_url(QueueName=identify(settings, "etl-dead-letters").name)["QueueUrl"]
    if arguments.clear:
        aws.queues.purge_queue(QueueUrl=url)
        yield "cleared: nothing waits any more (SQS takes up to a minute)"
    else:
        yield from dead_letter_lines(aws, url)


def read_arguments(given: list[str] | None) -> argparse.Namespace:
    """Return the command line as read; ends the run with a sentence if it makes no sense."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, prog="watch.py"
    )
    parser.add_argument("--settings", type=Path, default=DEFAULT_PATH, help="the settings file")
    verbs = parser.add_subparsers(required=True, metavar="what")
    verbs.add_parser("alarms", help="every alarm and its state").set_defaults(act=_alarms)
    ring = verbs.add_parser("ring", help="let an alarm ring once")
    ring.add_argument("alarm", help="its name without project and environment, such as data-age")
    ring.set_defaults(act=_ring)
    log = verbs.add_parser("log", help="lines of a log")
    log.add_argument("log", choices=sorted(LOGS))
    log.add_argument("--hours", type=float, default=3, help="how far back (default: 3)")
    log.add_argument("--search", default="", help="only lines that hold this text")
    log.set_defaults(act=_log)
    letters = verbs.add_parser("dead-letters", help="runs of the ETL that were given up")
    letters.add_argument(
        "--clear", action="store_true", help="delete them, when a later run has done their work"
    )
    letters.set_defaults(act=_dead_letters)
    return parser.parse_args(given)


def main(given: list[str] | None = None) -> int:
    """Run the command line; return its exit code."""
    arguments = read_arguments(given)
    settings = read_settings(arguments.settings)
    try:
        for line in arguments.act(Aws(settings.region), settings, arguments):
            sys.stdout.write(line + "\n")
    except (ClientError, BotoCoreError) as error:
        sys.stderr.write(f"can't ask AWS: {error}. Is the stack applied? python -m provision plan\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
