"""Versions and aliases run as on AWS: their own code, one count of invocations, one queue for what failed."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError

from local_stack.state import StackState
from tests.local_stack.estate import Estate, allow, function_zip, trust
from tests.local_stack.test_http_api import ECHO
from tests.local_stack.test_schedules import SCHEDULER, made_schedule, tick_an_hour_ahead

SLEEPING = (
    "import time\ndef handle(event, context):\n    time.sleep(event.get('seconds', 0))\n    return {!r}\n"
)
FAILING = "def handle(event, context):\n    raise ValueError('no luck')\n"


def released(estate: Estate, source: str, *statements: object) -> tuple[str, str]:
    """Return the name of a function whose version 1 is live, and the alias's ARN."""
    name, client = estate.function(source, *statements), estate.client("lambda")
    client.publish_version(FunctionName=name)
    arn: str = client.create_alias(FunctionName=name, Name="live", FunctionVersion="1")["AliasArn"]
    return name, arn


def called(estate: Estate, name: str, qualifier: str, **event: object) -> Any:
    answer = estate.client("lambda").invoke(
        FunctionName=name, Qualifier=qualifier, Payload=json.dumps(event).encode()
    )
    return json.loads(answer["Payload"].read())


def test_an_alias_runs_its_version_and_not_the_draft(estate: Estate) -> None:
    name, arn = released(estate, SLEEPING.format("first"))
    client = estate.client("lambda")
    client.update_function_code(FunctionName=name, ZipFile=function_zip(SLEEPING.format("second")))
    assert [called(estate, name, qualifier) for qualifier in ("live", "1", "$LATEST")] == [
        "first",
        "first",
        "second",
    ]
    client.publish_version(FunctionName=name)
    client.update_alias(FunctionName=name, Name="live", FunctionVersion="2")
    assert called(estate, name, "live") == "second"
    assert json.loads(client.invoke(FunctionName=arn)["Payload"].read()) == "second"


def test_a_deleted_versions_number_is_not_given_again(estate: Estate) -> None:
    name, _ = released(estate, SLEEPING.format(1))
    client = estate.client("lambda")
    for memory_mb in (256, 512):
        client.update_function_configuration(FunctionName=name, MemorySize=memory_mb)
        client.publish_version(FunctionName=name)
    client.delete_function(FunctionName=name, Qualifier="2")
    client.update_function_configuration(FunctionName=name, MemorySize=1024)
    assert client.publish_version(FunctionName=name)["Version"] == "4"
    assert client.publish_version(FunctionName=name)["Version"] == "4"


def test_reserved_concurrency_counts_all_versions_together(estate: Estate) -> None:
    name, _ = released(estate, SLEEPING.format("done"))
    estate.client("lambda").put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=1)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(called, estate, name, "live", seconds=3)
        time.sleep(1.5)
        for qualifier in ("live", "$LATEST"):
            with pytest.raises(ClientError, match="TooManyRequestsException"):
                called(estate, name, qualifier)
        assert first.result() == "done"


def queue_of(estate: Estate) -> tuple[str, str]:
    sqs = estate.client("sqs")
    url = sqs.create_queue(QueueName=estate.name("queue"))["QueueUrl"]
    estate.after(lambda: sqs.delete_queue(QueueUrl=url))
    return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def first_message(estate: Estate, url: str, seconds: float) -> dict[str, Any] | None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = estate.client("sqs").receive_message(QueueUrl=url).get("Messages")
        if found:
            message: dict[str, Any] = json.loads(found[0]["Body"])
            return message
        time.sleep(0.2)
    return None


@pytest.mark.parametrize("may_send", [True, False])
def test_a_call_that_failed_for_good_is_sent_to_the_queue_by_the_functions_role(
    estate: Estate, may_send: bool
) -> None:
    url, queue = queue_of(estate)
    statements = [allow(["sqs:SendMessage"], [queue])] if may_send else []
    name, _ = released(estate, FAILING, *statements)
    client = estate.client("lambda")
    client.put_function_event_invoke_config(
        FunctionName=name,
        Qualifier="live",
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": queue}},
    )
    client.invoke(FunctionName=name, Qualifier="live", InvocationType="Event", Payload=b'{"run": 7}')
    message = first_message(estate, url, 15 if may_send else 6)
    if not may_send:
        assert message is None
        return
    assert message is not None
    assert message["requestPayload"] == {"run": 7}
    assert message["requestContext"]["condition"] == "RetriesExhausted"
    assert message["responsePayload"]["errorMessage"] == "no luck"
    assert message["responseContext"]["executedVersion"] == "1"


def test_a_schedule_needs_the_permission_for_the_alias_that_it_calls(
    stack: StackState, estate: Estate
) -> None:
    for named_by_role in ("", ":live"):
        url, queue = queue_of(estate)
        name, alias = released(estate, "def handle(event, context): print('ran')")
        function = alias.removesuffix(":live")
        statements = allow(["lambda:InvokeFunction"], [function + named_by_role])
        role = estate.role(trust(SCHEDULER), statements, allow(["sqs:SendMessage"], [queue]))
        made_schedule(
            estate,
            alias,
            role,
            DeadLetterConfig={"Arn": queue},
            RetryPolicy={"MaximumRetryAttempts": 0},
        )
        tick_an_hour_ahead(stack)
        is_refused = first_message(estate, url, 2) is not None
        assert is_refused == (named_by_role == ""), name


@pytest.mark.parametrize(("permitted", "status"), [("live", 200), (None, 500)])
def test_an_api_needs_the_permission_of_the_alias_that_it_calls(
    stack: StackState, estate: Estate, permitted: str | None, status: int
) -> None:
    name, alias = released(estate, ECHO)
    api_id = estate.api(name, is_permitted=False)
    gateway = estate.client("apigatewayv2")
    (integration,) = gateway.get_integrations(ApiId=api_id)["Items"]
    gateway.update_integration(ApiId=api_id, IntegrationId=integration["IntegrationId"], IntegrationUri=alias)
    estate.client("lambda").add_permission(
        FunctionName=name,
        StatementId="api",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
        SourceArn=f"arn:aws:execute-api:{stack.aws_region}:{stack.aws_account_id}:{api_id}/*/*",
        **({"Qualifier": permitted} if permitted else {}),
    )
    time.sleep(2.2)  # the edge keeps an API's configuration for two
    assert requests.post(f"{stack.api_url}/v1/events", data=b"{}", timeout=30).status_code == status
