"""What is watched of the account: accepted = stored, and loaded = counted by the dashboards."""

from __future__ import annotations

from collections.abc import Iterator

from provision.alarm_terms import (
    AN_HOUR,
    QUIET_IS_AS_BEFORE,
    QUIET_IS_GOOD,
    SIX_HOURS_ONE_BAD,
    Watch,
)
from provision.metrics import Watched


def account_watches(on: Watched) -> Iterator[Watch]:
    """The alarms on events that are lost or counted twice, on their way through raw and behind it."""
    yield Watch(
        what="account-difference",
        says="What the ledger says is loaded is not what the dashboards count: events are lost or twice.",
        metrics=(on.published_by_etl("AccountDifference", "Maximum"),),
        threshold=0,
        over=AN_HOUR,
        missing=QUIET_IS_AS_BEFORE,
    )
    yield Watch(
        what="accepted-not-stored",
        says="Of an hour that is over, fewer events lie in the raw bucket than ingest accepted.",
        metrics=(
            on.published_by_ingest("EventsAccepted", "Sum"),
            on.published_by_etl("EventsStored", "Maximum"),
        ),
        # an hour of which the ETL has not spoken yet says nothing
        expression="IF(FILL(m2, -1) < 0, 0, FILL(m1, 0) - FILL(m2, 0))",
        threshold=0,
        over=SIX_HOURS_ONE_BAD,
        missing=QUIET_IS_GOOD,
    )
