"""Deployed zips really run: in a container, with their role's credentials, as Lambda would run them."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

from local_stack import processes
from tests.local_stack.estate import Estate, allow, function_zip, trust

SOURCE = """
import json, os, sys, time
STARTED = []
def handle(event, context):
    print("seen", json.dumps(event))
    STARTED.append(1)
    if "raise" in event:
        raise ValueError(event["raise"])
    if "exit" in event:
        os._exit(3)
    time.sleep(event.get("sleep_seconds", 0))
    return {"runs": len(STARTED), "stream": context.log_stream_name, "uid": os.getuid(),
            "python": sys.version_info[:2], "setting": os.environ.get("SETTING"),
            "left_ms": context.get_remaining_time_in_millis(), "arn": context.invoked_function_arn}
"""
S3_SOURCE = """
import boto3
def handle(event, context):
    s3, answers = boto3.client("s3"), {}
    for name in ("put_object", "get_object"):
        try:
            more = {"Body": b"1"} if name == "put_object" else {}
            getattr(s3, name)(Bucket=event["bucket"], Key=event["key"], **more)
            answers[name] = "allowed"
        except s3.exceptions.ClientError as error:
            answers[name] = error.response["Error"]["Code"]
    return answers
"""


def test_deployed_zip_runs_warm_under_python_3_13_and_not_as_root(estate: Estate) -> None:
    name = estate.function(SOURCE, Environment={"Variables": {"SETTING": "a=b c\nd"}})
    first, error = estate.invoke(name)
    again, _ = estate.invoke(name)
    assert error is None
    assert first["python"] == [3, 13]
    assert first["uid"] != 0
    assert first["setting"] == "a=b c\nd"
    assert 0 < first["left_ms"] <= 10_000
    assert first["arn"].endswith(f":function:{name}")
    assert (first["runs"], again["runs"]) == (1, 2)


def test_changed_configuration_and_code_reach_the_next_invocation(estate: Estate) -> None:
    name, client = estate.function(SOURCE), estate.client("lambda")
    estate.invoke(name)
    client.update_function_configuration(FunctionName=name, Environment={"Variables": {"SETTING": "new"}})
    changed, _ = estate.invoke(name)
    assert (changed["setting"], changed["runs"]) == ("new", 1)
    client.update_function_code(
        FunctionName=name, ZipFile=function_zip("def handle(event, context): return 'v2'")
    )
    assert estate.invoke(name) == ("v2", None)


def test_exception_of_the_function_is_its_error_and_the_environment_lives_on(estate: Estate) -> None:
    name = estate.function(SOURCE)
    payload, error = estate.invoke(name, {"raise": "no such thing"})
    assert error == "Unhandled"
    assert (payload["errorType"], payload["errorMessage"]) == ("ValueError", "no such thing")
    assert estate.invoke(name)[0]["runs"] == 2


def test_timeout_ends_the_environment_and_the_next_invocation_has_a_new_one(estate: Estate) -> None:
    name = estate.function(SOURCE, Timeout=1)
    payload, error = estate.invoke(name, {"sleep_seconds": 30})
    assert error == "Unhandled"
    assert payload["errorType"] == "Sandbox.Timedout"
    assert "Task timed out after 1.00 seconds" in payload["errorMessage"]
    assert estate.invoke(name)[0]["runs"] == 1


def test_runtime_that_exits_is_an_error_and_not_a_hang(estate: Estate) -> None:
    payload, error = estate.invoke(estate.function(SOURCE), {"exit": True})
    assert (error, payload["errorType"]) == ("Unhandled", "Runtime.ExitError")


@pytest.mark.parametrize(
    ("source", "mode", "expected"),
    [
        ("import no_such_module", 0o644, "Runtime.ImportModuleError"),
        ("def other(event, context): ...", 0o644, "Runtime.HandlerNotFound"),
        (
            SOURCE,
            0o600,
            "PermissionError",
        ),  # as on AWS, a file that others may not read is not read
    ],
)
def test_zip_that_cannot_start_says_why(estate: Estate, source: str, mode: int, expected: str) -> None:
    payload, error = estate.invoke(estate.function(source, mode=mode))
    assert (error, payload["errorType"]) == ("Unhandled", expected)


def test_parallel_invocations_run_side_by_side_in_environments_of_their_own(estate: Estate) -> None:
    name = estate.function(SOURCE)
    started = time.monotonic()
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: estate.invoke(name, {"sleep_seconds": 3})[0], range(3)))
    assert len({answer["stream"] for answer in answers}) == 3
    assert time.monotonic() - started < 9  # one after the other would take that long


def test_reserved_concurrency_refuses_what_is_above_it(estate: Estate) -> None:
    name, client = estate.function(SOURCE), estate.client("lambda")
    client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=1)
    with ThreadPoolExecutor(1) as pool:
        busy = pool.submit(estate.invoke, name, {"sleep_seconds": 2})
        time.sleep(1)
        with pytest.raises(ClientError) as error:
            estate.invoke(name)
        assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429
        assert busy.result()[1] is None


def test_function_has_its_role_and_no_more(estate: Estate) -> None:
    bucket = estate.bucket()
    name = estate.function(S3_SOURCE, allow(["s3:PutObject"], [f"arn:aws:s3:::{bucket}/events/*"]))
    answers, error = estate.invoke(name, {"bucket": bucket, "key": "events/a"})
    assert error is None
    assert answers == {"put_object": "allowed", "get_object": "AccessDenied"}
    assert estate.invoke(name, {"bucket": bucket, "key": "other/a"})[0]["put_object"] == "AccessDenied"


def test_role_that_does_not_trust_lambda_cannot_run_a_function(estate: Estate) -> None:
    name = estate.function(SOURCE)
    other = estate.role(trust({"Service": "ec2.amazonaws.com"}))
    estate.client("lambda").update_function_configuration(FunctionName=name, Role=other)
    with pytest.raises(ClientError, match="cannot be assumed by Lambda"):
        estate.invoke(name)


def messages_of(estate: Estate, name: str) -> list[str]:
    logs, group = estate.client("logs"), f"/aws/lambda/{name}"
    if not logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
        return []
    return [
        event["message"]
        for stream in logs.describe_log_streams(logGroupName=group)["logStreams"]
        for event in logs.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"])["events"]
    ]


def messages_at_the_end(estate: Estate, name: str) -> list[str]:
    """The function's log as soon as an invocation's last line is in it: a line is written within a second."""
    assert processes.wait_until(lambda: any("REPORT " in line for line in messages_of(estate, name)), 20)
    return messages_of(estate, name)


def test_output_goes_to_the_log_group_only_when_the_role_may_write_it(estate: Estate) -> None:
    name, silent = estate.function(SOURCE), estate.function(SOURCE)
    nothing = estate.role(trust({"Service": "lambda.amazonaws.com"}))
    estate.client("lambda").update_function_configuration(FunctionName=silent, Role=nothing)
    for function in (silent, name):
        estate.invoke(function, {"mark": 1})
    messages = messages_at_the_end(estate, name)
    assert 'seen {"mark": 1}' in messages
    assert [message.partition(" ")[0] for message in messages].count("REPORT") == 1
    assert messages_of(estate, silent) == []


def test_event_invocation_returns_at_once_and_runs(estate: Estate) -> None:
    name = estate.function(SOURCE)
    client = estate.client("lambda")
    started = time.monotonic()
    event = json.dumps({"sleep_seconds": 3})
    answer = client.invoke(FunctionName=name, InvocationType="Event", Payload=event)
    assert answer["StatusCode"] == 202
    assert time.monotonic() - started < 3
    assert messages_at_the_end(estate, name)
