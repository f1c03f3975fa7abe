"""From parsed events to the columns of fact_events: clocks, addresses, sources, devices, bots. Pure.

What costs time is done once per distinct value (user agents, addresses, sources), not once per event.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pandas as pd
import ua_parser

from etl.traffic_source import DIRECT, TrafficSource, channel_of, referrer_source, utm_source

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
    "object_id", "line_number",
]  # fmt: skip
# Sessions change when late events arrive, so what is written once per receive hour does not know them.
PROCESSED_COLUMNS = [column for column in EVENT_COLUMNS if column != "session_id"]

# Of copies of one event the first in this order counts: a function of raw alone, not of how runs fell.
PRECEDENCE = ["received_at", "object_id", "line_number"]


def clean(parsed: pd.DataFrame) -> pd.DataFrame:
    """Return one row per parsed event with `PROCESSED_COLUMNS`; duplicates are still in it."""
    events = parsed.copy()
    _add_times(events)
    # identity by browser; who is signed in is kept beside it
    events["visitor_id"] = events["anonymous_id"]
    events["page_path"] = _by_distinct(events["page_location"], page_path)
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


def _by_distinct(values: pd.Series, function: Callable[[Any], Any]) -> pd.Series:
    """Return function(value) for each value, computed once per distinct value; missing stays missing."""
    distinct = values.dropna().unique()
    return values.map({value: function(value) for value in distinct}).astype(object)


def page_path(page_location: str) -> str | None:
    """Return the path of a page's address; None if there is none."""
    try:
        return urlsplit(page_location).path or "/"
    except ValueError:  # an address such as http://[
        return None


def _add_traffic_source(events: pd.DataFrame) -> None:
    columns = ["param_source", "param_medium", "param_campaign", "page_location", "page_referrer"]
    keys = pd.Series(
        list(
            events[columns]
            .astype(object)
            .where(events[columns].notna(), None)
            .itertuples(index=False, name=None)
        ),
        index=events.index,
        dtype=object,
    )
    sources = {key: traffic_source(*key) for key in set(keys)}
    channels = {traffic: channel_of(traffic) for traffic in set(sources.values())}
    found = keys.map(sources)
    events["source"] = [traffic.source for traffic in found]
    events["medium"] = [traffic.medium for traffic in found]
    events["campaign"] = [traffic.campaign for traffic in found]
    events["channel"] = [channels[traffic] for traffic in found]


def traffic_source(
    source: str | None,
    medium: str | None,
    campaign: str | None,
    page_location: str | None,
    page_referrer: str | None,
) -> TrafficSource:
    """Return where an event came from: its own parameters, else utm, else the referrer, else direct."""
    if source or medium or campaign:
        return TrafficSource(source or "(not set)", medium or "(not set)", campaign)
    by_utm = utm_source(page_location) if page_location else None
    by_referrer = referrer_source(page_referrer, page_location) if page_referrer else None
    return by_utm or by_referrer or DIRECT


def _add_device(events: pd.DataFrame) -> None:
    agents = {agent: _agent(agent) for agent in events["user_agent"].dropna().unique()}
    unknown = (None, None, None, False)
    found = [agents.get(agent, unknown) for agent in events["user_agent"]]
    hinted = events["device_category"].astype(object)
    by_agent = pd.Series([agent[2] for agent in found], index=events.index, dtype=object)
    events["browser"] = [agent[0] for agent in found]
    events["operating_system"] = [agent[1] for agent in found]
    # GA4's word for what is not known
    events["device_category"] = hinted.where(hinted.notna(), by_agent).fillna("(not set)")
    events["is_bot"] = [agent[3] for agent in found]


def _agent(user_agent: str) -> tuple[str | None, str | None, str | None, bool]:
    """Return (browser, operating system, device category, is a bot) as uap-core's rules see it."""
    result = ua_parser.parse(user_agent)
    browser = result.user_agent.family if result.user_agent else None
    system = result.os.family if result.os else None
    device = result.device.family if result.device else None
    if device == "Spider":
        return browser, system, None, True
    if device is None:
        return browser, system, ("desktop" if system else None), False
    is_tablet = "iPad" in device or "Tablet" in device or (system == "Android" and "Mobile" not in user_agent)
    is_desktop = device in ("Mac", "Other")
    return browser, system, ("desktop" if is_desktop else "tablet" if is_tablet else "mobile"), False
