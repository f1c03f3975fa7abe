"""What can happen to topic, alarms and dashboard behind the toolkit's back."""

import json

from provision.aws import Aws
from provision.normal_form import policy_text
from provision.resource import Document

from tests.provision.drifts import case


def let_others_publish(aws: Aws, topic: Document) -> None:
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": "*", "Action": "sns:Publish", "Resource": topic.arn},
        ],
    }
    aws.topics.set_topic_attributes(
        TopicArn=topic.arn, AttributeName="Policy", AttributeValue=policy_text(policy)
    )


def encrypt_so_that_no_alarm_can_publish(aws: Aws, topic: Document) -> None:
    aws.topics.set_topic_attributes(
        TopicArn=topic.arn, AttributeName="KmsMasterKeyId", AttributeValue="alias/aws/sns"
    )


def let_a_stranger_listen(aws: Aws, topic: Document) -> None:
    """And both agree: who never agrees cannot be unsubscribed (test_watching.py)."""
    aws.topics.subscribe(TopicArn=topic.arn, Protocol="email", Endpoint="stranger@example.com")
    for address in ("stranger@example.com", *topic.emails):
        aws.topics.confirm_subscription(TopicArn=topic.arn, Token=address)


def request_of(aws: Aws, alarm: Document) -> Document:
    """A live alarm as the request that would make it."""
    (live,) = aws.watch.describe_alarms(AlarmNames=[alarm.name])["MetricAlarms"]
    names = aws.watch.meta.service_model.operation_model("PutMetricAlarm").input_shape.members
    return {name: value for name, value in live.items() if name in names}


def watch_something_else(aws: Aws, alarm: Document) -> None:
    aws.watch.put_metric_alarm(
        **{
            **request_of(aws, alarm),
            "Namespace": "AWS/lambda",
            "Threshold": 99.0,
            "TreatMissingData": "missing",
        }
    )


def look_at_the_average(aws: Aws, alarm: Document) -> None:
    wanted = request_of(aws, alarm)
    wanted["Metrics"][0]["MetricStat"]["Stat"] = "Average"
    wanted["Metrics"][-1]["Expression"] = "m1"
    aws.watch.put_metric_alarm(**wanted)


def draw_another_graph(aws: Aws, dashboard: Document) -> None:
    body = json.loads(aws.watch.get_dashboard(DashboardName=dashboard.name)["DashboardBody"])
    graph = next(one for one in body["widgets"] if one["properties"].get("title") == "Requests to the API")
    graph["properties"]["metrics"] = []
    body["widgets"].append({"type": "text", "properties": {"markdown": "hello"}})
    aws.watch.put_dashboard(DashboardName=dashboard.name, DashboardBody=json.dumps(body))


CASES = [
    case("topic", "alarms", let_others_publish, "policy"),
    case("topic", "alarms", encrypt_so_that_no_alarm_can_publish, "encryption_key"),
    case(
        "topic",
        "alarms",
        lambda aws, topic: aws.topics.untag_resource(ResourceArn=topic.arn, TagKeys=["Project"]),
        "tags",
    ),
    case("topic", "alarms", let_a_stranger_listen, "subscribers"),
    case("alarm", "ingest-errors", watch_something_else, "metrics", "threshold", "missing"),
    case("alarm", "data-age", look_at_the_average, "metrics", "expression"),
    case(
        "alarm",
        "ingest-duration",
        lambda aws, alarm: aws.watch.disable_alarm_actions(AlarmNames=[alarm.name]),
        "acts",
    ),
    case(
        "alarm",
        "api-errors",
        lambda aws, alarm: aws.watch.put_metric_alarm(
            **{**request_of(aws, alarm), "AlarmActions": [], "DatapointsToAlarm": 1, "EvaluationPeriods": 4}
        ),
        "tells_alarm",
        "periods",
        "bad_periods",
    ),
    case(
        "alarm",
        "silence",
        lambda aws, alarm: aws.watch.untag_resource(ResourceARN=alarm.arn, TagKeys=["Project"]),
        "tags",
    ),
    case("dashboard", "morning", draw_another_graph, "Requests to the API", "other_widgets"),
    case(
        "dashboard",
        "morning",
        lambda aws, page: aws.watch.untag_resource(ResourceARN=page.arn, TagKeys=["Project"]),
        "tags",
    ),
]
