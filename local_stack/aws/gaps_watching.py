"""Adds to moto 5.2.5 what watching needs and moto lacks. Each function names its gap."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.cloudwatch.models import CloudWatchBackend
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.resource_tagging import TaggedResource
from moto.sns.responses import SNSResponse

from local_stack.aws.moto_types import Moto, replace_methods

_PENDING = "PendingConfirmation"


def install() -> None:
    """Put every gap's filling in place."""
    _keep_dashboards_tags()
    _ask_people_before_they_are_told()


def _dashboard_arn(backend: Moto, name: str) -> str:
    return f"arn:{backend.partition}:cloudwatch::{backend.account_id}:dashboard/{name}"


def _keep_dashboards_tags() -> None:
    """moto takes a dashboard's tags and forgets them, and lets nobody tag it afterwards."""
    put, tag = CloudWatchResponse.put_dashboard, CloudWatchBackend.tag_resource
    tagged = CloudWatchBackend.iter_tagged_resources

    def made(response: Moto) -> Moto:
        backend, name = response.cloudwatch_backend, response._get_param("DashboardName")
        is_new = name not in backend.dashboards
        answer = put(response)
        if is_new:  # AWS ignores tags in an update
            backend.tagger.delete_all_tags_for_resource(_dashboard_arn(backend, name))
            backend.tagger.tag_resource(_dashboard_arn(backend, name), response._get_param("Tags", []))
        return answer

    def tag_any(backend: Moto, arn: str, tags: dict[str, str]) -> None:
        if arn in {_dashboard_arn(backend, name) for name in backend.dashboards}:
            backend.tagger.tag_resource(arn, backend.tagger.convert_dict_to_tags_input(tags))
        else:
            tag(backend, arn, tags)

    def with_dashboards(backend: Moto) -> Iterator[TaggedResource]:
        yield from tagged(backend)
        for arn in (_dashboard_arn(backend, name) for name in backend.dashboards):
            tags = backend.tagger.get_tag_dict_for_resource(arn)
            yield TaggedResource(arn=arn, tags=tags, resource_type="cloudwatch:dashboard")

    replace_methods(CloudWatchResponse, put_dashboard=made)
    replace_methods(CloudWatchBackend, tag_resource=tag_any, iter_tagged_resources=with_dashboards)


def _ask_people_before_they_are_told() -> None:
    """moto subscribes an e-mail address at once; SNS lists it without an ARN until the person agrees."""
    subscribe, listed = SNSResponse.subscribe, SNSResponse.list_subscriptions_by_topic
    confirm = SNSResponse.confirm_subscription

    def asked(response: Moto) -> Moto:
        answer: Any = subscribe(response)
        if response._get_param("Protocol") == "email":
            answer.result["SubscriptionArn"] = "pending confirmation"
        return answer

    def shown(response: Moto) -> Moto:
        answer: Any = listed(response)
        answer.result["Subscriptions"] = [_as_shown(one) for one in answer.result["Subscriptions"]]
        return answer

    def confirmed(response: Moto) -> Moto:
        # the token would be in the e-mail, which nobody gets here: it is the address
        for one in response.backend.subscriptions.values():
            if one.topic_arn == response._get_param("TopicArn") and one.endpoint == response._get_param(
                "Token"
            ):
                one.confirmed = True
        return confirm(response)

    replace_methods(
        SNSResponse, subscribe=asked, list_subscriptions_by_topic=shown, confirm_subscription=confirmed
    )


def _as_shown(subscription: Moto) -> dict[str, str]:
    is_pending = subscription.protocol == "email" and not subscription.confirmed
    return {
        "SubscriptionArn": _PENDING if is_pending else subscription.arn,
        "Owner": subscription.account_id,
        "Protocol": subscription.protocol,
        "Endpoint": subscription.endpoint,
        "TopicArn": subscription.topic_arn,
    }
