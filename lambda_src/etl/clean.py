"""From parsed events to the columns of fact_events: clocks, addresses, sources, devices, codes. Pure.

What costs time is done once per distinct value (user agents, addresses, sources), not once per event.
"""

from collections.abc import Callable, Hashable, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pandas as pd

from etl.codes import country_of, currency_of
from etl.devices import agent_of
from etl.traffic_source import (
    DIRECT,
    TrafficSource,
    campaign_source,
    channel_of,
    referrer_source,
)

# A client's clock may be off by this much before it is corrected; less is the network's delay.
CLOCK_SKEW_TOLERANCE = pd.Timedelta(minutes=1)
# The span that the event contract allows for `event_time`. A clock whose correction leaves it says nothing:
# the time of receipt is the best there is.
EARLIEST, LATEST = pd.Timestamp(0, tz="UTC"), pd.Timestamp(4_102_444_800, unit="s", tz="UTC")

EVENT_COLUMNS = [
    "event_date", "event_id", "event_name", "event_at", "event_time", "received_at", "event_sequence",
    "visitor_id", "anonymous_id", "user_id", "session_id", "page_location", "page_path", "page_title",
    "page_referrer", "source", "medium", "campaign", "channel", "device_category", "browser",
    "operating_system", "is_bot", "search_term", "currency", "value", "transaction_id", "params",
    "object_id", "line_number", "page_hostname", "term", "content", "campaign_id", "country", "language",
    "bot_name", "tax", "shipping",
]  # fmt: skip
# Sessions change when late events arrive, so what is written once per receive hour does not know them.
PROCESSED_COLUMNS = [column for column in EVENT_COLUMNS if column != "session_id"]
# The parts of a traffic source: an event may name them itself, and they are columns of it.
SOURCE_COLUMNS = ("source", "medium", "campaign", "term", "content", "campaign_id")

# What says where an event came from: its own parameters, its page, its referrer.
Source = tuple[tuple[str | None, ...], str | None, str | None]

# Of copies of one event the first in this order counts: a function of raw alone, not of how runs fell.
PRECEDENCE = ["received_at", "object_id", "line_number"]


def clean(parsed: pd.DataFrame) -> pd.DataFrame:
    """Return one row per parsed event with `PROCESSED_COLUMNS`; duplicates are still in it."""
    events = parsed.copy()
    _add_times(events)
    # identity by browser; who is signed in is kept beside it
    events["visitor_id"] = events["anonymous_id"]
    _add_by_distinct(events, ["page_hostname", "page_path"], _texts(events["page_location"]), page_place)
    _add_codes(events)
    _add_traffic_source(events)
    _add_device(events)
    return events[PROCESSED_COLUMNS]


def without_duplicates(events: pd.DataFrame) -> pd.DataFrame:
    """Return one row per event_id and date: the one received first, whatever the order of the rows."""
    ordered = events.sort_values(PRECEDENCE, kind="stable")
    return ordered.drop_duplicates(["event_date", "event_id"], keep="first")


def _add_times(events: pd.DataFrame) -> None:
    """Correct the client's clock as Snowplow does: derived = received - (sent - created).

    Source: Snowplow documentation, "Event timestamps".
    """
    events["event_time"] = pd.to_datetime(events["event_time_ms"], unit="ms", utc=True).astype(
        "datetime64[us, UTC]"
    )
    for column in ("received_at", "sent_at"):
        events[column] = pd.to_datetime(events[column], utc=True).astype("datetime64[us, UTC]")
    skew = events["received_at"] - events["sent_at"]
    is_skewed = skew.abs() > CLOCK_SKEW_TOLERANCE
    corrected = events["event_time"].where(~is_skewed, events["event_time"] + skew)
    is_possible = (corrected >= EARLIEST) & (corrected < LATEST)
    events["event_at"] = corrected.where(is_possible, events["received_at"])
    events["event_date"] = events["event_time"].dt.date


def _texts(values: pd.Series) -> list[Any]:
    """Return a column as a list with None for what is missing, as pandas may not keep it."""
    return values.astype(object).where(values.notna(), None).tolist()


def _add_by_distinct(
    events: pd.DataFrame,
    columns: Sequence[str],
    keys: Sequence[Any],
    function: Callable[[Any], Sequence[Any]],
) -> None:
    """Set columns to what the function returns for each row's key; it is asked once per distinct key."""
    numbers: dict[Hashable, int] = {}
    codes = np.fromiter((numbers.setdefault(key, len(numbers)) for key in keys), np.intp, len(keys))
    found = [function(key) for key in numbers]
    for position, column in enumerate(columns):
        distinct = np.empty(len(found), dtype=object)
        distinct[:] = [values[position] for values in found]
        events[column] = pd.Series(distinct[codes], index=events.index, dtype=object)


def _add_codes(events: pd.DataFrame) -> None:
    """Make country and currency ISO's codes."""
    _add_by_distinct(events, ["country"], _texts(events["country"]), lambda text: [country_of(text)])
    _add_by_distinct(events, ["currency"], _texts(events["currency"]), lambda text: [currency_of(text)])


def page_place(page_location: str | None) -> tuple[str | None, str | None]:
    """Return the host, in small letters, and the path of a page's address; None for what there is not."""
    if page_location is None:
        return None, None
    try:
        parts = urlsplit(page_location)
        return parts.hostname, parts.path or "/"
    except ValueError:  # an address such as http://[
        return None, None


def _add_traffic_source(events: pd.DataFrame) -> None:
    owns = zip(*(_texts(events[f"param_{column}"]) for column in SOURCE_COLUMNS), strict=True)
    keys = list(zip(owns, _texts(events["page_location"]), _texts(events["page_referrer"]), strict=True))
    channels = lru_cache(None)(channel_of)

    def source_and_channel(key: Source) -> tuple[str | None, ...]:
        found = traffic_source(*key)
        return *(getattr(found, column) for column in SOURCE_COLUMNS), channels(found)

    _add_by_distinct(events, [*SOURCE_COLUMNS, "channel"], keys, source_and_channel)


def traffic_source(
    own: tuple[str | None, ...], page_location: str | None, page_referrer: str | None
) -> TrafficSource:
    """Return where an event came from: its own parameters, else its page's, else the referrer, else direct.

    `own` are the event's parameters in the order of `SOURCE_COLUMNS`.
    """
    source, medium, campaign, *more = own
    if source or medium or campaign:
        return TrafficSource(source or "(not set)", medium or "(not set)", campaign, *more)
    by_campaign = campaign_source(page_location) if page_location else None
    if by_campaign:
        return by_campaign
    return (referrer_source(page_referrer, page_location) if page_referrer else None) or DIRECT


def _add_device(events: pd.DataFrame) -> None:
    hinted = events["device_category"].astype(object)
    columns = ["browser", "operating_system", "device_category", "bot_name"]
    _add_by_distinct(events, columns, _texts(events["user_agent"]), agent_of)
    # GA4's word for what is not known
    events["device_category"] = hinted.where(hinted.notna(), events["device_category"]).fillna("(not set)")
    events["is_bot"] = events["bot_name"].notna()
