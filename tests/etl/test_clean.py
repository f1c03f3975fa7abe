"""Cleaning: clocks, devices, bots; and which copy of an event counts."""

from datetime import timedelta

import pandas as pd
from etl.clean import PROCESSED_COLUMNS, clean, without_duplicates
from etl.load import object_counts
from etl.parse import Parsed
from etl.processed import PROCESSED_SCHEMA, processed_files

from tests.etl.events import START, event, minutes, raw_object

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36"
    " (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15"
    " (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
)


def parsed(*objects: tuple[str, bytes]) -> Parsed:
    found = Parsed()
    for object_id, (_, body) in enumerate(objects):
        found.add_object(object_id, body)
    return found


def cleaned(*objects: tuple[str, bytes]) -> pd.DataFrame:
    return clean(parsed(*objects).frame())


def test_processed_columns_are_the_schemas() -> None:
    assert cleaned(raw_object([event("a", START)], START)).columns.tolist() == PROCESSED_SCHEMA.names
    assert PROCESSED_SCHEMA.names == PROCESSED_COLUMNS


def test_wrong_clock_is_corrected_by_the_difference_at_sending() -> None:
    year = timedelta(days=365)
    found = cleaned(raw_object([event("a", START - year)], minutes(5), sent_at=minutes(5) - year))
    assert found["event_at"].tolist() == [START]
    assert found["event_time"].tolist() == [START - year]
    assert found["event_date"].tolist() == [(START - year).date()]


def test_delay_of_the_network_moves_nothing() -> None:
    found = cleaned(raw_object([event("a", START)], minutes(1), sent_at=START))
    assert found["event_at"].tolist() == [START]


def test_event_sent_late_keeps_its_time() -> None:
    found = cleaned(raw_object([event("a", START)], minutes(600), sent_at=minutes(600)))
    assert found["event_at"].tolist() == [START]


def test_bots_are_flagged_and_kept() -> None:
    found = cleaned(
        raw_object([event("a", START)], START, user_agent=GOOGLEBOT),
        raw_object([event("b", START)], START, user_agent=CHROME),
        raw_object([event("c", START)], START),
    )
    assert found["is_bot"].tolist() == [True, False, False]


def test_devices_own_word_wins_over_its_user_agent() -> None:
    hinted = event("a", START, device={"category": "tablet"})
    found = cleaned(
        raw_object([hinted], START, user_agent=CHROME),
        raw_object([event("b", START)], START, user_agent=CHROME),
        raw_object([event("c", START)], START, user_agent=IPHONE),
        raw_object([event("d", START)], START),
    )
    assert found["device_category"].tolist() == ["tablet", "desktop", "mobile", "(not set)"]


def test_copy_received_first_counts() -> None:
    early, late = (raw_object([event("a", START)], minutes(m), batch=str(m)) for m in (1, 2))
    for order in ([early, late], [late, early]):
        kept = without_duplicates(cleaned(*order))
        assert kept["received_at"].tolist() == [minutes(1)]


def test_line_that_breaks_the_contract_is_kept_apart() -> None:
    good = raw_object([event("a", START), {"event_id": 1}, event("b", START)], START)
    found = parsed(good, ("key", b"no gzip"))
    assert found.frame()["line_number"].tolist() == [1, 3]
    assert [(reject.object_id, reject.line_number) for reject in found.rejects] == [(0, 2), (1, 0)]
    assert b'"event_id": 1' in found.rejects[0].line or b'"event_id":1' in found.rejects[0].line


def test_every_line_is_counted_once() -> None:
    found = parsed(
        raw_object([event("a", START), event("a", START), {"x": 1}], START, user_agent=GOOGLEBOT),
        raw_object([event("a", START)], minutes(1), batch="again"),
    )
    events = clean(found.frame())
    counts = object_counts([0, 1], events, without_duplicates(events), found.rejects, [])
    columns = ["stored_count", "loaded_count", "rejected_count", "duplicate_count", "bot_count"]
    assert counts[columns].to_numpy().tolist() == [[3, 1, 1, 1, 1], [1, 0, 0, 1, 0]]


def test_amounts_keep_their_digits() -> None:
    found = cleaned(raw_object([event("a", START, params={"value": 0.1, "currency": "EUR"})], START))
    assert found["value"].tolist() == ["0.1"]


def test_parameter_of_the_wrong_type_is_read_as_what_it_is() -> None:
    params = {"value": "12", "transaction_id": 77, "search_term": ["a"], "source": ""}
    found = cleaned(raw_object([event("a", START, params=params)], START)).iloc[0]
    assert found[["value", "transaction_id", "search_term"]].isna().tolist() == [True, False, True]
    assert found["transaction_id"] == "77"
    assert found["channel"] == "Direct"


def test_processed_file_is_the_same_for_any_order_of_objects() -> None:
    first = raw_object([event("a", START), event("b", minutes(1))], minutes(1))
    again = raw_object([event("b", minutes(1)), event("c", minutes(2))], minutes(2))
    hour = START.replace(minute=0)

    def files(*objects: tuple[int, bytes]) -> dict[str, bytes]:
        found = Parsed()
        for object_id, body in objects:
            found.add_object(object_id, body)
        return dict(processed_files(clean(found.frame()), [hour] * len(found.frame())))

    one, other = files((1, first[1]), (2, again[1])), files((2, again[1]), (1, first[1]))
    assert one == other
    assert list(one) == ["events/dt=2026-03-02/hr=10/events.parquet"]
