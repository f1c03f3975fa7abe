"""Alarms, the dashboard and who hears of it as CloudFormation has them."""

from __future__ import annotations

from provision.resource import Resource
from provision.resources import Alarm, Dashboard, Topic

from tests.judges.rendering import Rendered, Renderer, tags


def _alarm(part: Alarm) -> list[Rendered]:
    return [Rendered("AWS::CloudWatch::Alarm", {**part._request(), "Tags": tags(part)})]


def _dashboard(part: Dashboard) -> list[Rendered]:
    return [Rendered("AWS::CloudWatch::Dashboard", part._request())]


def _topic(part: Topic) -> list[Rendered]:
    live = part.wanted()
    key = {"KmsMasterKeyId": live["encryption_key"]} if live["encryption_key"] else {}
    subscriptions = [{"Protocol": "email", "Endpoint": address} for address in part.emails]
    topic = {"TopicName": part.name, **key, "Subscription": subscriptions, "Tags": tags(part)}
    policy = {"Topics": [part.arn], "PolicyDocument": live["policy"]}
    return [Rendered("AWS::SNS::Topic", topic), Rendered("AWS::SNS::TopicPolicy", policy)]


RENDERERS: dict[type[Resource], Renderer] = {
    Alarm: _alarm,
    Dashboard: _dashboard,
    Topic: _topic,
}
