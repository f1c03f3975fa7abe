"""An HTTP API's permission to invoke, its throttling and its access log."""

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_stack import processes
from local_stack.state import StackState
from tests.local_stack.estate import Estate, allow, trust
from tests.local_stack.test_http_api import CONFIG_SECONDS, ECHO, post


def test_api_without_permission_to_invoke_answers_500(stack: StackState, estate: Estate) -> None:
    time.sleep(CONFIG_SECONDS)
    estate.api(estate.function(ECHO), is_permitted=False)
    assert post(f"{stack.api_url}/v1/events").status_code == 500


def test_more_than_the_burst_is_refused_and_logged(stack: StackState, estate: Estate) -> None:
    time.sleep(CONFIG_SECONDS)
    group, logs = estate.name("/aws/apigateway/access"), estate.client("logs")
    logs.create_log_group(logGroupName=group)
    estate.after(lambda: logs.delete_log_group(logGroupName=group))
    arn = f"arn:aws:logs:{stack.aws_region}:{stack.aws_account_id}:log-group:{group}"
    stage = {
        "DefaultRouteSettings": {"ThrottlingRateLimit": 0.001, "ThrottlingBurstLimit": 3},
        "AccessLogSettings": {
            "DestinationArn": arn,
            "Format": '{"status":"$context.status","route":"$context.routeKey"}',
        },
    }
    estate.api(estate.function(ECHO), stage=stage)
    statuses = [post(f"{stack.api_url}/v1/events").status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 429, 429]
    assert processes.wait_until(lambda: len(lines_in(logs, group)) >= 5, 20)
    lines = [json.loads(line) for line in lines_in(logs, group)]
    assert [line["status"] for line in lines] == ["200", "200", "200", "429", "429"]
    assert {line["route"] for line in lines} == {"POST /v1/events"}


def lines_in(logs: Any, group: str) -> list[str]:
    return [event["message"] for event in logs.filter_log_events(logGroupName=group)["events"]]


def test_a_route_has_limits_of_its_own_until_they_are_taken_off(stack: StackState, estate: Estate) -> None:
    time.sleep(CONFIG_SECONDS)
    limit = {"ThrottlingRateLimit": 0.001, "ThrottlingBurstLimit": 1}
    api_id = estate.api(estate.function(ECHO), stage={"RouteSettings": {"POST /v1/events": limit}})
    assert [post(f"{stack.api_url}/v1/events").status_code for _ in range(2)] == [200, 429]
    place = {"ApiId": api_id, "StageName": "$default"}
    nobody = estate.as_role(
        estate.role(trust({"AWS": "*"}), allow(["apigateway:GET"], ["*"])), "apigatewayv2"
    )
    with pytest.raises(ClientError, match="AccessDenied"):
        nobody.delete_route_settings(**place, RouteKey="POST /v1/events")
    gateway = estate.client("apigatewayv2")
    gateway.update_stage(**place, RouteSettings={"POST /v1/other": limit})
    gateway.delete_route_settings(**place, RouteKey="POST /v1/events")
    assert list(gateway.get_stage(**place)["RouteSettings"]) == ["POST /v1/other"]
    time.sleep(CONFIG_SECONDS)
    assert post(f"{stack.api_url}/v1/events").status_code == 200
