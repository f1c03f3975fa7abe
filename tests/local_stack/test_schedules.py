"""Schedules fire when EventBridge Scheduler would fire them, with their own role."""

import json
import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_stack.edge.schedule_times import fires_between
from local_stack.edge.schedules import Ticker
from local_stack.edge.services import Services
from local_stack.state import StackState
from tests.local_stack.estate import Estate, allow, trust
from tests.local_stack.test_functions import SOURCE, messages_of

MADE = datetime(2026, 1, 1, 0, 7, 30, tzinfo=UTC)
SCHEDULER = {"Service": "scheduler.amazonaws.com"}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "after", "until", "expected"),
    [
        ("rate(60 minutes)", "2026-01-01T00:07:30", "2026-01-01T01:07:29", None),
        ("rate(60 minutes)", "2026-01-01T00:07:30", "2026-01-01T01:07:30", "2026-01-01T01:07:30"),
        ("rate(1 hour)", "2026-01-01T01:07:30", "2026-01-01T01:30:00", None),
        ("rate(1 hour)", "2026-01-01T01:07:29", "2026-01-01T05:30:00", "2026-01-01T05:07:30"),
        ("rate(2 days)", "2026-01-02T00:00:00", "2026-01-03T00:07:30", "2026-01-03T00:07:30"),
        ("cron(0 10 * * ? *)", "2026-01-01T09:59:59", "2026-01-01T10:00:00", "2026-01-01T10:00:00"),
        ("cron(0 10 * * ? *)", "2026-01-01T10:00:00", "2026-01-01T10:00:30", None),
        ("cron(0/15 * * * ? *)", "2026-01-01T10:16:00", "2026-01-01T10:30:05", "2026-01-01T10:30:00"),
        (
            "cron(5,10 8-17 ? * MON-FRI *)",
            "2026-01-05T16:59:00",
            "2026-01-05T17:06:00",
            "2026-01-05T17:05:00",
        ),
        ("cron(5,10 8-17 ? * MON-FRI *)", "2026-01-04T16:59:00", "2026-01-04T17:06:00", None),
        ("cron(0 0 1 JAN ? 2027)", "2026-12-31T23:59:00", "2027-01-01T00:00:00", "2027-01-01T00:00:00"),
        ("at(2026-02-01T03:04:05)", "2026-02-01T03:04:00", "2026-02-01T03:05:00", "2026-02-01T03:04:05"),
        ("at(2026-02-01T03:04:05)", "2026-02-01T03:04:05", "2026-02-01T03:05:00", None),
    ],
)
def test_expression_fires_at_its_moments_only(
    expression: str, after: str, until: str, expected: str | None
) -> None:
    found = fires_between(expression, "UTC", MADE, at(after), at(until))
    assert found == (at(expected) if expected else None)


def test_cron_is_read_in_its_own_time_zone_also_when_the_clock_changes() -> None:
    winter = fires_between(
        "cron(0 9 * * ? *)", "Europe/Berlin", MADE, at("2026-03-28T07:00"), at("2026-03-28T08:30")
    )
    summer = fires_between(
        "cron(0 9 * * ? *)", "Europe/Berlin", MADE, at("2026-03-29T06:00"), at("2026-03-29T07:30")
    )
    assert (winter, summer) == (at("2026-03-28T08:00"), at("2026-03-29T07:00"))


@pytest.mark.parametrize(
    "expression",
    [
        "rate(0 minutes)",
        "rate(60 bananas)",
        "cron(* * * * *)",
        "cron(61 * * * ? *)",
        "hourly",
        "cron(0 0 L * ? *)",
    ],
)
def test_expression_that_is_not_understood_is_an_error(expression: str) -> None:
    with pytest.raises(ValueError, match=r"rate|cron"):
        fires_between(expression, "UTC", MADE, MADE, MADE + timedelta(days=1))


@given(st.lists(st.integers(min_value=1, max_value=400), min_size=1, max_size=30), st.integers(1, 50))
def test_rate_fires_once_per_period_however_the_ticks_fall(steps: list[int], minutes: int) -> None:
    moment, fired = MADE, []
    for seconds in steps:
        until = moment + timedelta(seconds=seconds)
        found = fires_between(f"rate({minutes} minutes)", "UTC", MADE, moment, until)
        fired += [found] if found else []
        moment = until
    assert len(fired) == len(set(fired))
    if max(steps) <= minutes * 60:
        assert len(fired) == (moment - MADE) // timedelta(minutes=minutes)


def made_schedule(estate: Estate, target: str, role: str, **more: object) -> None:
    client, name = estate.client("scheduler"), estate.name("schedule")
    client.create_schedule(
        Name=name,
        ScheduleExpression="rate(60 minutes)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": target, "RoleArn": role, "Input": '{"from": "schedule"}', **more},
    )
    estate.after(lambda: client.delete_schedule(Name=name))


def tick_an_hour_ahead(stack: StackState) -> None:
    now = datetime.now(UTC)
    ticker = Ticker(Services(stack), pause=lambda _seconds: None)
    for thread in ticker.tick(now + timedelta(minutes=59), now + timedelta(minutes=61)):
        thread.join(timeout=30)


def test_due_schedule_invokes_its_target_with_its_role(stack: StackState, estate: Estate) -> None:
    name = estate.function(SOURCE)
    arn = estate.client("lambda").get_function_configuration(FunctionName=name)["FunctionArn"]
    source = {"StringEquals": {"aws:SourceAccount": stack.aws_account_id}}
    role = estate.role(trust(SCHEDULER, Condition=source), allow(["lambda:InvokeFunction"], [arn]))
    made_schedule(estate, arn, role)
    now = datetime.now(UTC)
    assert Ticker(Services(stack)).tick(now, now + timedelta(seconds=5)) == []
    tick_an_hour_ahead(stack)
    deadline = time.monotonic() + 15
    while 'seen {"from": "schedule"}' not in messages_of(estate, name):
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_schedule_whose_role_may_not_invoke_ends_in_its_dead_letter_queue(
    stack: StackState, estate: Estate
) -> None:
    name, sqs = estate.function(SOURCE), estate.client("sqs")
    function = estate.client("lambda").get_function_configuration(FunctionName=name)["FunctionArn"]
    url = sqs.create_queue(QueueName=estate.name("queue"))["QueueUrl"]
    estate.after(lambda: sqs.delete_queue(QueueUrl=url))
    queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    role = estate.role(trust(SCHEDULER), allow(["sqs:SendMessage"], [queue]))
    made_schedule(
        estate, function, role, DeadLetterConfig={"Arn": queue}, RetryPolicy={"MaximumRetryAttempts": 2}
    )
    tick_an_hour_ahead(stack)
    buried = json.loads(sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"])
    assert buried["input"] == '{"from": "schedule"}'
    assert "lambda:InvokeFunction" in buried["error"]
