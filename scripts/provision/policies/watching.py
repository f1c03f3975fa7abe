"""What may be said to the topic of the alarms, and by whom; and what the operator does with all of it."""

from __future__ import annotations

from provision.aws import Account
from provision.identity import identify
from provision.normal_form import PolicyDocument
from provision.policies.statements import allow, document
from provision.settings import Settings


def alarms_topic_policy(settings: Settings, account: Account) -> PolicyDocument:
    """Only this environment's alarms may publish, and nobody in clear text.

    SNS's own default statement, which lets the whole account do everything, is not among these.
    https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
    """
    topic_arn = account.arn("sns", identify(settings, "alarms").name)
    alarms_arn = account.arn("cloudwatch", f"alarm:{settings.project}-{settings.environment}-*")
    publish = allow(
        "AlarmsPublish", "sns:Publish", topic_arn, principal={"Service": "cloudwatch.amazonaws.com"}
    )
    ours = {"StringEquals": {"aws:SourceAccount": account.id}, "ArnLike": {"aws:SourceArn": alarms_arn}}
    clear_text = {
        "Sid": "NotInClearText",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sns:Publish",
        "Resource": topic_arn,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return document([{**publish, "Condition": ours}, clear_text])


def operator_statements(stem: str, account: Account) -> list[PolicyDocument]:
    """What planning, making and destroying topic, alarms and dashboard asks for."""
    topics = ["CreateTopic", "DeleteTopic", "GetTopicAttributes", "ListSubscriptionsByTopic"]
    topics += ["ListTagsForResource", "SetTopicAttributes", "Subscribe", "TagResource"]
    alarms = ["DeleteAlarms", "DescribeAlarms", "ListTagsForResource", "PutMetricAlarm", "SetAlarmState"]
    pages = ["DeleteDashboards", "GetDashboard", "ListTagsForResource", "PutDashboard", "TagResource"]
    logs = [account.arn("logs", f"log-group:/aws/{owner}/{stem}-*") for owner in ("apigateway", "lambda")]
    page_arn = f"arn:aws:cloudwatch::{account.id}:dashboard/{stem}-*"
    return [
        allow("OwnTopics", _of("sns", topics), account.arn("sns", f"{stem}-*")),
        # a subscription's ARN ends in an id that SNS makes up, and AWS judges this call by no resource
        allow("Unsubscribe", _of("sns", ["Unsubscribe"]), "*"),
        allow(
            "OwnAlarms",
            _of("cloudwatch", [*alarms, "TagResource"]),
            account.arn("cloudwatch", f"alarm:{stem}-*"),
        ),
        allow("OwnDashboards", _of("cloudwatch", pages), page_arn),
        # what scripts/watch.py looks at
        allow("ReadLogs", _of("logs", ["FilterLogEvents"]), logs),
        allow(
            "HandleDeadLetters", _of("sqs", ["PurgeQueue", "ReceiveMessage"]), account.arn("sqs", f"{stem}-*")
        ),
    ]


def _of(service: str, actions: list[str]) -> list[str]:
    return [f"{service}:{action}" for action in actions]
