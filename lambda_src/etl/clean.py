"""From parsed events to the columns of fact_events: clocks, addresses, sources, devices, codes. Pure.

What costs time is done once per distinct value (user agents, addresses, sources), not once per event.
"""

from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import urlsplit

import numpy as np
import pandas as pd

from etl.codes import country_of, currency_of
from etl.devices import agent_of
from etl.distinct import combined, numbered, set_columns
from etl.traffic_source import (
    DIRECT,
    TrafficSource,
    campaign_query,
    campaign_source,
    channel_of,
    referrer_source,
)

# A client's clock may be off by this much before it is corrected; less is the network's delay.
CLOCK_SKEW_TOLERANCE = pd.Timedelta(minutes=1)
# The span that the event contract allows for `event_time`. A clock whose correction leaves it says nothing:
# the time of receipt is the best there is.
EARLIEST, LATEST = pd.Timestamp(0, tz="UTC"), pd.Timestamp(4_102_444_800, unit="s", tz="UTC")
_MILLISECONDS_OF_DAY = 86_400_000

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

# Of copies of one event the first in this order counts: a function of raw alone, not of how runs fell.
PRECEDENCE = ["received_at", "object_id", "line_number"]


def clean(parsed: pd.DataFrame) -> pd.DataFrame:
    """Return one row per parsed event with `PROCESSED_COLUMNS`; duplicates are still in it."""
    events = parsed.copy(deep=False)
    _add_times(events)
    # identity by browser; who is signed in is kept beside it
    events["visitor_id"] = events["anonymous_id"]
    _add_place_and_source(events)
    _add_device(events)
    set_columns(events, ["country"], numbered(events["country"]), lambda text: [country_of(text)])
    set_columns(events, ["currency"], numbered(events["currency"]), lambda text: [currency_of(text)])
    return events[PROCESSED_COLUMNS]


def without_duplicates(events: pd.DataFrame) -> pd.DataFrame:
    """Return one row per event_id and date: the one received first, whatever the order of the rows."""
    keys = events[[*PRECEDENCE, "event_date", "event_id"]].reset_index(drop=True)
    ordered = keys.sort_values(PRECEDENCE, kind="stable")
    return events.iloc[ordered.drop_duplicates(["event_date", "event_id"], keep="first").index]


def _add_times(events: pd.DataFrame) -> None:
    """Correct the client's clock as Snowplow does: derived = received - (sent - created).

    Source: Snowplow documentation, "Event timestamps".
    """
    events["event_time"] = pd.to_datetime(events["event_time_ms"], unit="ms", utc=True).astype(
        "datetime64[us, UTC]"
    )
    skew = events["received_at"] - events["sent_at"]
    is_skewed = skew.abs() > CLOCK_SKEW_TOLERANCE
    corrected = events["event_time"].where(~is_skewed, events["event_time"] + skew)
    is_possible = (corrected >= EARLIEST) & (corrected < LATEST)
    events["event_at"] = corrected.where(is_possible, events["received_at"])
    events["event_date"] = _dates(events["event_time_ms"])


def _dates(milliseconds: pd.Series) -> pd.Series:
    """Return the UTC dates of times since 1970."""
    numbers, days = pd.factorize(milliseconds.to_numpy() // _MILLISECONDS_OF_DAY)
    dates = np.array(
        [datetime.fromtimestamp(day * 86_400, UTC).date() for day in days.tolist()], dtype=object
    )
    return pd.Series(dates[numbers], index=milliseconds.index, dtype=object)


def page_place(page_location: str | None) -> tuple[str | None, str | None]:
    """Return the host, in small letters, and the path of a page's address; None for what there is not."""
    if page_location is None:
        return None, None
    try:
        parts = urlsplit(page_location)
        return parts.hostname, parts.path or "/"
    except ValueError:  # an address such as http://[
        return None, None


def _add_place_and_source(events: pd.DataFrame) -> None:
    location, referrer = numbered(events["page_location"]), numbered(events["page_referrer"])
    own = [numbered(events[f"param_{column}"]) for column in SOURCE_COLUMNS]
    places = lru_cache(None)(page_place)
    set_columns(events, ["page_hostname", "page_path"], location, places)
    # addresses are many; what of them says where somebody came from is not
    telling = location.mapped(lambda text: (campaign_query(text), places(text)[0]))
    channels = lru_cache(None)(channel_of)

    def source_and_channel(row: int) -> list[str | None]:
        parts = tuple(column.value_of(row) for column in own)
        found = traffic_source(parts, location.value_of(row), referrer.value_of(row))
        return [*(getattr(found, column) for column in SOURCE_COLUMNS), channels(found)]

    set_columns(events, [*SOURCE_COLUMNS, "channel"], combined([*own, telling, referrer]), source_and_channel)


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
    hinted = events["device_category"]
    columns = ["browser", "operating_system", "device_category", "bot_name"]
    set_columns(events, columns, numbered(events["user_agent"]), agent_of)
    # GA4's word for what is not known
    events["device_category"] = hinted.where(hinted.notna(), events["device_category"]).fillna("(not set)")
    events["is_bot"] = events["bot_name"].notna()
