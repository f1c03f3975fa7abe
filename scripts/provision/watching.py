"""Watching: the topic that tells people, the alarms, and the page to read in the morning."""

from __future__ import annotations

from collections.abc import Sequence

from provision.alarm_terms import Watch
from provision.alarms import watches
from provision.aws import Account
from provision.identity import identify
from provision.metrics import Watched
from provision.morning_page import morning_page
from provision.policies.watching import alarms_topic_policy
from provision.resource import Resource
from provision.resources.alarm import Alarm
from provision.resources.api import Api
from provision.resources.dashboard import Dashboard
from provision.resources.host import Host
from provision.resources.topic import Topic
from provision.settings import Settings

RUNBOOKS = "docs/runbooks"


def watching(settings: Settings, account: Account, estate: Sequence[Resource]) -> list[Resource]:
    """What watches the estate, after all of it: alarms and graphs name its ids."""
    topic = Topic(
        identity=identify(settings, "alarms"),
        account_id=account.id,
        policy=alarms_topic_policy(settings, account),
        emails=(settings.alarm_email,) if settings.alarm_email else (),
    )
    on = Watched(
        ingest_function=identify(settings, "ingest").name,
        etl_function=identify(settings, "etl").name,
        shop_function=identify(settings, "shop").name,
        http_api=next(one for one in estate if isinstance(one, Api)),
        dead_letter_queue=identify(settings, "etl-dead-letters").name,
        schedule_group=identify(settings, "schedules").name,
        hosts=tuple(one for one in estate if isinstance(one, Host)),
    )
    alarms = tuple(_alarm(settings, topic, watch) for watch in watches(settings, on))
    page = Dashboard(
        identity=identify(settings, "morning"),
        region=account.region,
        account_id=account.id,
        alarms=alarms,
        rows=morning_page(settings, on),
    )
    return [topic, *alarms, page]


def _alarm(settings: Settings, topic: Topic, watch: Watch) -> Alarm:
    return Alarm(
        identity=identify(settings, watch.what),
        topic=topic,
        description=f"{watch.says} What to do: {runbook(watch.what)}",
        metrics=watch.metrics,
        expression=watch.expression,
        comparison=watch.comparison,
        threshold=watch.threshold,
        period_seconds=watch.over.period_seconds,
        periods=watch.over.periods,
        bad_periods=watch.over.bad,
        missing=watch.missing,
    )


def runbook(what: str) -> str:
    """The page that says what to do; hosts share one."""
    return f"{RUNBOOKS}/{'host' if what.startswith('host-') else what}.md"
