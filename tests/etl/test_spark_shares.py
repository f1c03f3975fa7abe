"""An hour's file is the same whoever parsed which of its objects, and every session is whose it must be."""

from random import Random

import pandas as pd
import pytest
from etl.clean import clean
from etl.parse import Parsed
from etl.plan import Hour, RawObject, hours_to_load
from etl.processed import processed_files
from etl.spark.files import day_key, parquet
from etl.spark.sessionise import EVENT_FIELDS, SESSION_FIELDS, arrow_schema, sessions_of, with_person_ids
from etl.spark.shares import hour_file, shares_of

from tests.etl.events import START, event, minutes, raw_object

HOUR = START.replace(minute=0)


def files_of(objects: list[tuple[str, bytes]]) -> bytes:
    """The file of the hour, made of these objects in one go."""
    parsed = Parsed()
    for key, body in objects:
        parsed.add_object(RawObject(key, len(body)).object_id, body)
    rows = parsed.frame()
    ((_, body),) = processed_files(clean(rows), [HOUR] * len(rows))
    return body


def stormy_hour(seed: int) -> list[tuple[str, bytes]]:
    """Objects of one hour with copies, and columns that are missing in some and not in others."""
    chance = Random(seed)
    objects = []
    for batch in range(12):
        events = []
        for _ in range(chance.randint(1, 5)):
            number = chance.randint(0, 20)
            more = {"event_sequence": number} if number % 2 else {"params": {"value": number / 8}}
            events.append(event(f"e{number}", minutes(number), visitor=f"v{number % 3}", **more))
        objects.append(raw_object(events, minutes(chance.randint(0, 29)), batch=str(batch)))
    return objects


@pytest.mark.parametrize("seed", range(5))
def test_shares_of_an_hour_make_the_bytes_of_the_whole(seed: int) -> None:
    objects, chance = stormy_hour(seed), Random(seed + 100)
    whole = files_of(objects)
    chance.shuffle(objects)
    parts = [files_of(objects[:3]), files_of(objects[3:4]), files_of(objects[4:])]
    chance.shuffle(parts)
    assert hour_file(HOUR, parts) == whole
    assert hour_file(HOUR, [whole]) == whole


def test_an_hour_whose_lines_are_all_erased_keeps_an_empty_file() -> None:
    ((_, empty),) = processed_files(clean(Parsed().frame()), [], [HOUR])
    assert hour_file(HOUR, [empty, empty]) == empty


def raw_hours(sizes: list[list[int]]) -> list[Hour]:
    """Hours with objects of these sizes."""
    listed = [
        RawObject(f"events/dt=2026-03-02/hr={hour:02}/{number}.json.gz", size)
        for hour, of_hour in enumerate(sizes)
        for number, size in enumerate(of_hour)
    ]
    return hours_to_load(listed, set())


def test_every_object_is_in_one_share_and_a_large_hour_in_several() -> None:
    hours = raw_hours([[10], [10], [60, 60, 60, 10], [200], [10]])
    shares = shares_of(hours, 100)
    sizes = [[[found.size_bytes for found in hour.objects] for hour in share] for share in shares]
    assert sizes == [[[10], [10], [60]], [[60]], [[60, 10]], [[200]], [[10]]]
    assert [found for share in shares for hour in share for found in hour.objects] == [
        found for hour in hours for found in hour.objects
    ]
    assert all(
        hour.new_object_ids == {found.object_id for found in hour.objects}
        for share in shares
        for hour in share
    )


def sessions(*users: tuple[str | None, str | None, int]) -> pd.DataFrame:
    """Sessions of one browser, an hour apart: (first account, last account, how many accounts)."""
    return pd.DataFrame(
        {
            "visitor_id": "v",
            "started_at": [minutes(60 * number) for number in range(len(users))],
            "user_id": [first for first, _, _ in users],
            "last_user_id": [last for _, last, _ in users],
            "users_count": [count for _, _, count in users],
        }
    )


NOBODY, ANNA, BEN = (None, None, 0), ("anna", "anna", 1), ("ben", "ben", 1)
BOTH = ("anna", "ben", 2)


@pytest.mark.parametrize(
    ("users", "people"),
    [
        ([NOBODY, NOBODY], [None, None]),
        ([NOBODY, ANNA, NOBODY], ["anna", "anna", "anna"]),
        ([ANNA, NOBODY, BEN], ["anna", None, "ben"]),
        ([ANNA, NOBODY, ANNA], ["anna", "anna", "anna"]),
        ([NOBODY, BOTH, NOBODY], ["anna", None, "ben"]),
        ([BOTH, NOBODY, ANNA], [None, None, "anna"]),
    ],
)
def test_a_session_is_whose_who_signs_in_around_it(
    users: list[tuple[str | None, str | None, int]], people: list[str | None]
) -> None:
    found = with_person_ids(sessions(*users))["person_id"]
    assert [None if pd.isna(one) else one for one in found] == people


def test_a_task_without_events_has_no_sessions() -> None:
    nothing = arrow_schema(EVENT_FIELDS).empty_table().to_batches()
    assert list(sessions_of(nothing)) == []


def test_a_days_file_is_named_after_its_day_and_the_same_for_the_same_rows() -> None:
    assert day_key("sessions", START.date()) == "sessions/dt=2026-03-02/sessions.parquet"
    schema = arrow_schema(SESSION_FIELDS)
    assert parquet(schema.empty_table()) == parquet(schema.empty_table())
