"""EventBridge Scheduler's clock: fires the enabled schedules of the emulated account.

It stands in for the service that moto configures but never runs. A target is invoked asynchronously with the
schedule's own role, tried again by its retry policy, and given to its dead-letter queue in the end. Times
that passed while the stack was down are not made up for. A rate's first time is one period after the
schedule was made; AWS may also fire it at once.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local_stack.edge.schedule_times import fires_between
from local_stack.edge.services import Services, client_config

TICK_SECONDS = 5.0
LONGEST_PAUSE_SECONDS = 60.0
PRINCIPAL = "scheduler.amazonaws.com"


class Ticker:
    """Looks at the schedules every few seconds; `tick` can be called with any two moments."""

    def __init__(self, services: Services, pause: Callable[[float], None] = time.sleep) -> None:
        self._services = services
        self._pause = pause

    def run(self) -> None:
        """Tick for as long as the process lives."""
        after = datetime.now(UTC)
        while True:
            time.sleep(TICK_SECONDS)
            until = datetime.now(UTC)
            try:
                self.tick(after, until)
                after = until
            except (BotoCoreError, ClientError) as error:
                print(f"edge: schedules can't be read: {error}", flush=True)

    def tick(self, after: datetime, until: datetime) -> list[threading.Thread]:
        """Fire what is due in (after, until]; return a thread for each, so that a test can wait for it."""
        client = self._services.client("scheduler")
        threads = []
        for page in client.get_paginator("list_schedules").paginate():
            for entry in page["Schedules"]:
                schedule = client.get_schedule(
                    Name=entry["Name"], GroupName=entry.get("GroupName", "default")
                )
                moment = _due(schedule, after, until)
                if moment is not None:
                    thread = threading.Thread(target=self.fire, args=(schedule, moment), daemon=True)
                    thread.start()
                    threads.append(thread)
        return threads

    def fire(self, schedule: Mapping[str, Any], moment: datetime) -> None:
        """Invoke the schedule's target once, with its retries; in the end its dead-letter queue."""
        policy = schedule["Target"].get("RetryPolicy") or {}
        tries = int(policy.get("MaximumRetryAttempts", 185)) + 1
        oldest = time.monotonic() + float(policy.get("MaximumEventAgeInSeconds", 86_400))
        problem: Exception | None = None
        for tried in range(tries):
            try:
                self._invoke(schedule)
            except (BotoCoreError, ClientError, ValueError) as error:
                problem = error
                pause_seconds = min(LONGEST_PAUSE_SECONDS, 2.0**tried)
                if tried + 1 == tries or time.monotonic() + pause_seconds > oldest:
                    break
                self._pause(pause_seconds)
            else:
                print(f"edge: schedule {schedule['Name']} fired for {moment:%Y-%m-%dT%H:%M:%SZ}", flush=True)
                return
        print(f"edge: schedule {schedule['Name']} gave up: {problem}", flush=True)
        self._bury(schedule, problem)

    def _invoke(self, schedule: Mapping[str, Any]) -> None:
        target = schedule["Target"]
        if ":lambda:" not in target["Arn"]:
            raise ValueError(f"target {target['Arn']} is not a Lambda function: only those are invoked here")
        self._client(schedule, "lambda").invoke(
            FunctionName=target["Arn"], InvocationType="Event", Payload=target.get("Input", "{}").encode()
        )

    def _bury(self, schedule: Mapping[str, Any], problem: Exception | None) -> None:
        queue_arn = (schedule["Target"].get("DeadLetterConfig") or {}).get("Arn")
        if not queue_arn:
            return
        *_, account, name = queue_arn.split(":")
        body = {
            "schedule": schedule["Arn"],
            "input": schedule["Target"].get("Input", "{}"),
            "error": str(problem),
        }
        url = f"{self._services.state.aws_endpoint_url}/{account}/{name}"
        try:
            self._client(schedule, "sqs").send_message(QueueUrl=url, MessageBody=json.dumps(body))
        except (BotoCoreError, ClientError) as error:
            print(f"edge: schedule {schedule['Name']}: dead-letter queue: {error}", flush=True)

    def _client(self, schedule: Mapping[str, Any], service: str) -> Any:  # noqa: ANN401 - boto3's clients
        state = self._services.state
        group = schedule.get("GroupName", "default")
        source = f"arn:aws:scheduler:{state.aws_region}:{state.aws_account_id}:schedule-group/{group}"
        session: Any = self._services.role_session(
            schedule["Target"]["RoleArn"], PRINCIPAL, schedule["Name"][:64], source
        )
        return session.client(service, endpoint_url=state.aws_endpoint_url, config=client_config(60))


def _due(schedule: Mapping[str, Any], after: datetime, until: datetime) -> datetime | None:
    if schedule.get("State", "ENABLED") != "ENABLED":
        return None
    anchor = schedule.get("StartDate") or schedule.get("LastModificationDate") or schedule["CreationDate"]
    end = schedule.get("EndDate")
    if end is not None and until > end:
        return None
    zone = schedule.get("ScheduleExpressionTimezone") or "UTC"
    try:
        return fires_between(schedule["ScheduleExpression"], zone, anchor, after, until)
    except ValueError as error:
        print(f"edge: schedule {schedule['Name']}: {error}", flush=True)
        return None
