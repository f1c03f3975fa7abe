"""Alarms that can ring, on metrics that exist, with a page that says what to do; and who is told."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

import estimate_cost
import pytest
from contract.metrics import DIMENSION, NAMESPACE, Values, metrics_line
from etl.health import Health
from etl.ledger import Counts
from etl.metrics import of_packages, of_reconciliation, of_run, of_stored_hour, of_warehouse
from etl.reconcile import Tally
from etl.run import RunSummary
from ingest.answer import metrics_of
from ingest.batch import sort_batch
from ingest.request import read_request
from mirror.plan import Patience
from provision import engine, metrics
from provision.aws import Account, Aws
from provision.function_zip import FunctionZip, ZipSources
from provision.identity import identify
from provision.metric import Metric
from provision.resource import UNKNOWN, Resource
from provision.resources import Alarm, Dashboard, Topic
from provision.settings import Settings
from provision.stack import build_stack
from shop.answer import metrics_of as shop_metrics_of

from tests.ingest.gateway import EVENT, batch_body, gateway_event
from tests.provision.aws_metrics import AWS_METRICS
from tests.repository import tree

ACCOUNT = Account("123456789012", "eu-central-1", "pl-12345678")
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY, HOUR = 86_400, 3600
HOST_ALARMS = {"host-oltp", "host-warehouse", "host-dashboards"}


def stack_of(settings: Settings) -> list[Resource]:
    zips = {name: FunctionZip(ZipSources(name, {})) for name in ("ingest", "etl", "shop")}
    return build_stack(settings, ACCOUNT, zips)


def alarms_of(settings: Settings) -> list[Alarm]:
    return [part for part in stack_of(settings) if isinstance(part, Alarm)]


def what(alarm: Alarm, settings: Settings) -> str:
    return alarm.name.removeprefix(f"{settings.project}-{settings.environment}-")


def used_metrics(settings: Settings) -> list[Metric]:
    """Every metric that an alarm or a graph names."""
    pages = [part for part in stack_of(settings) if isinstance(part, Dashboard)]
    drawn = [
        metric for page in pages for row in page.rows for graph in row.graphs for _, metric in graph.lines
    ]
    return [*drawn, *(metric for alarm in alarms_of(settings) for metric in alarm.metrics)]


def emitted(settings: Settings) -> set[tuple[str, str, tuple[tuple[str, str], ...]]]:
    """Namespace, name and dimensions of all that the functions' own code publishes."""
    batch = sort_batch(read_request(gateway_event(batch_body(EVENT))), NOW, "truncate")
    summary = RunSummary(1, Counts(), 0, 0)
    published: dict[str, Values] = {
        "ingest": metrics_of(batch, ["events/x"]),
        "etl": {
            **of_run(summary),
            **of_stored_hour(1),
            **of_packages(1.0),
            **of_warehouse(Health(NOW, 1, 0), NOW),
            **of_reconciliation(Tally()),
        },
        "shop": shop_metrics_of(200, 0.01, 1),
    }
    return {
        found
        for function, values in published.items()
        for found in in_line(metrics_line(identify(settings, function).name, values, NOW))
    }


def in_line(line: str) -> Iterable[tuple[str, str, tuple[tuple[str, str], ...]]]:
    """What CloudWatch reads from a line of a log."""
    document = json.loads(line)
    for directive in document["_aws"]["CloudWatchMetrics"]:
        for names in directive["Dimensions"]:
            dimensions = tuple((name, document[name]) for name in names)
            for metric in directive["Metrics"]:
                assert isinstance(document[metric["Name"]], int | float)
                yield directive["Namespace"], metric["Name"], dimensions


def test_every_metric_of_ours_that_is_watched_is_published_by_the_functions(settings: Settings) -> None:
    ours = [metric for metric in used_metrics(settings) if not metric.namespace.startswith("AWS/")]
    watched = {(one.namespace, one.name, tuple(one.dimension_values().items())) for one in ours}
    assert watched - emitted(settings) == set()
    # and what is published and paid for is looked at
    assert emitted(settings) - watched == set()


def test_provisioning_and_functions_call_our_metrics_alike() -> None:
    assert (metrics.OWN_NAMESPACE, metrics.OWN_DIMENSION) == (NAMESPACE, DIMENSION)


def test_every_metric_of_aws_is_spelt_as_in_its_documentation(settings: Settings) -> None:
    theirs = [metric for metric in used_metrics(settings) if metric.namespace.startswith("AWS/")]
    assert {metric.namespace for metric in theirs} == set(AWS_METRICS)
    for metric in theirs:
        documented = AWS_METRICS[metric.namespace]
        assert metric.name in documented.metrics, documented.source
        assert [name for name, _ in metric.dimensions] == [documented.dimension], documented.source


def test_environments_of_one_account_share_no_metric(settings: Settings) -> None:
    other = replace(settings, environment="staging")
    assert emitted(settings) & emitted(other) == set()
    assert {alarm.name for alarm in alarms_of(settings)} & {alarm.name for alarm in alarms_of(other)} == set()


def test_an_alarm_looks_back_no_further_than_cloudwatch_does(settings: Settings) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html"""
    for alarm in alarms_of(replace(settings, alarm_data_age_hours=24, alarm_silence_hours=24)):
        assert alarm.period_seconds % 60 == 0
        most = DAY if alarm.period_seconds < HOUR else 7 * DAY
        assert alarm.period_seconds * alarm.periods <= most
        assert 1 <= alarm.bad_periods <= alarm.periods


def test_packages_ring_before_they_expire_and_after_a_run_signs_them_anew(settings: Settings) -> None:
    for days in (2, 14, 90):
        asked = replace(settings, packages_valid_days=days)
        (alarm,) = (one for one in alarms_of(asked) if what(one, asked) == "packages-expiry")
        assert alarm.comparison == "LessThanThreshold"
        assert 0 < alarm.threshold < Patience(days).renewal.total_seconds()


def test_an_alarm_says_what_it_means_and_names_a_page_that_exists(settings: Settings) -> None:
    for alarm in alarms_of(settings):
        says, _, page = alarm.description.partition(" What to do: ")
        assert len(says) > 30
        assert len(alarm.description) <= 1024
        assert (tree.ROOT / page).is_file()


def test_every_runbook_is_one_of_an_alarm_and_in_the_index(settings: Settings) -> None:
    named = {alarm.description.rpartition("/")[2] for alarm in alarms_of(settings)}
    pages = {
        path.rpartition("/")[2] for path in tree.paths_ending(".md") if path.startswith("docs/runbooks/")
    }
    assert pages - {"README.md"} == named
    index = tree.text("docs/runbooks/README.md")
    assert [page for page in named if f"({page})" not in index] == []


def test_every_alarm_of_the_platform_is_there(settings: Settings) -> None:
    names = Counter(what(alarm, settings) for alarm in alarms_of(settings))
    assert names.keys() == {
        *("ingest-errors", "ingest-throttles", "ingest-duration", "api-errors", "api-latency"),
        *("etl-errors", "etl-throttles", "etl-duration", "schedule-errors", "schedule-dropped"),
        *("dead-letters", "data-age", "account-difference", "silence", "warehouse-down", "warehouse-size"),
        *("accepted-not-stored", "orders-missing", "orders-unreconciled"),
        *("shop-errors", "shop-throttles", "shop-duration", "shop-database", "shop-size"),
        *("packages-expiry", *HOST_ALARMS),
    }
    assert set(names.values()) == {1}


def test_the_cost_page_counts_what_there_is(settings: Settings) -> None:
    assert sum(len(alarm.metrics) for alarm in alarms_of(settings)) == estimate_cost.ALARM_METRICS
    assert len(emitted(settings)) == estimate_cost.OWN_METRICS


def test_a_shop_that_may_be_silent_has_no_alarm_for_it(settings: Settings) -> None:
    quiet = {what(alarm, settings) for alarm in alarms_of(replace(settings, alarm_silence_minimum_events=0))}
    assert quiet == {what(alarm, settings) for alarm in alarms_of(settings)} - {"silence"}


def test_what_must_never_be_silent_rings_when_it_is(settings: Settings) -> None:
    must_speak = {what(alarm, settings) for alarm in alarms_of(settings) if alarm.missing == "breaching"}
    assert must_speak == {"data-age", "silence", "orders-unreconciled", "shop-database", *HOST_ALARMS}
    # an alarm with old data in sight would not count silence at once: its expression fills the gap
    by_name = {what(alarm, settings): alarm for alarm in alarms_of(settings)}
    assert by_name["silence"].expression == "FILL(m1, 0)"
    assert by_name["orders-unreconciled"].expression == "FILL(m1, 0)"
    assert by_name["data-age"].expression.startswith("FILL(m1, ")


@pytest.mark.parametrize(
    ("accepted", "stored", "is_bad"),
    [(5, 5, False), (5, 4, True), (5, 0, True), (5, None, False), (None, 3, False), (None, None, False)],
)
def test_an_hour_rings_only_if_less_is_stored_than_was_accepted(
    settings: Settings, accepted: int | None, stored: int | None, is_bad: bool
) -> None:
    (alarm,) = [one for one in alarms_of(settings) if what(one, settings) == "accepted-not-stored"]
    # CloudWatch's metric math, for one period
    functions: dict[str, object] = {
        "IF": lambda condition, then, otherwise: then if condition else otherwise,
        "FILL": lambda value, default: default if value is None else value,
    }
    metrics = {"m1": accepted, "m2": stored}
    found = eval(alarm.expression, functions, metrics)  # noqa: S307 - an expression of ours
    assert (found > alarm.threshold) is is_bad


def test_a_run_that_ended_well_is_never_too_old(settings: Settings) -> None:
    """The longest run ends with data as old as itself and the minute that may be on its way."""
    (alarm,) = [one for one in alarms_of(settings) if what(one, settings) == "data-age"]
    assert settings.etl_timeout_seconds + 60 < alarm.threshold < HOUR


def test_the_page_has_a_place_for_every_graph(settings: Settings) -> None:
    (page,) = [part for part in stack_of(settings) if isinstance(part, Dashboard)]
    widgets = [one for name, one in page.wanted().items() if name not in {"other_widgets", "tags"}]
    graphs = sum(len(row.graphs) for row in page.rows)
    assert len(widgets) == 1 + len(page.rows) + graphs  # no two have one title
    cells = [
        (x, y)
        for one in widgets
        for x in range(one["x"], one["x"] + one["width"])
        for y in range(one["y"], one["y"] + one["height"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24


def topic_with(settings: Settings, email: str) -> Topic:
    (topic,) = [part for part in stack_of(replace(settings, alarm_email=email)) if isinstance(part, Topic)]
    return topic


def who_listens(aws: Aws, topic: Topic) -> list[str]:
    return [
        one["Endpoint"] for one in aws.topics.list_subscriptions_by_topic(TopicArn=topic.arn)["Subscriptions"]
    ]


def agree(aws: Aws, topic: Topic, address: str) -> None:
    aws.topics.confirm_subscription(TopicArn=topic.arn, Token=address)  # the emulated token is the address


def test_a_person_who_has_not_agreed_yet_is_no_drift(settings: Settings, aws: Aws) -> None:
    topic = topic_with(settings, "operators@example.com")
    topic.create(aws)
    (live,) = aws.topics.list_subscriptions_by_topic(TopicArn=topic.arn)["Subscriptions"]
    assert live["SubscriptionArn"] == "PendingConfirmation"
    assert engine.plan([topic], aws).is_empty
    topic.delete(aws)
    assert topic.read(aws) is None


def test_a_stranger_who_never_agreed_is_left_to_sns(settings: Settings, aws: Aws) -> None:
    topic = topic_with(settings, "")
    topic.create(aws)
    aws.topics.subscribe(TopicArn=topic.arn, Protocol="email", Endpoint="stranger@example.com")
    assert engine.plan([topic], aws).is_empty
    agree(aws, topic, "stranger@example.com")
    engine.apply([topic], aws, lambda _: None)
    assert who_listens(aws, topic) == []


def test_another_address_takes_the_place_of_the_one_before(settings: Settings, aws: Aws) -> None:
    topic = topic_with(settings, "before@example.com")
    topic.create(aws)
    agree(aws, topic, "before@example.com")
    topic = topic_with(settings, "after@example.com")
    for _ in range(2):
        engine.apply([topic], aws, lambda _: None)
        assert who_listens(aws, topic) == ["after@example.com"]
    agree(aws, topic, "after@example.com")
    topic = topic_with(settings, "")
    engine.apply([topic], aws, lambda _: None)
    assert who_listens(aws, topic) == []


def test_what_an_alarm_is_about_is_in_the_stack(settings: Settings) -> None:
    """The names that AWS gives its metrics' dimensions are those of things that we make."""
    names = {part.name for part in stack_of(settings)} | {UNKNOWN}
    values = {value for metric in used_metrics(settings) for value in metric.dimension_values().values()}
    assert values - names == set()
