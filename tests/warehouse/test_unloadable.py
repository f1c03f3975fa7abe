"""No line stops a load: what the warehouse refuses is rejected with its message, all else is loaded."""

from collections.abc import Iterator
from functools import partial
from random import Random
from typing import Any

import psycopg
import pytest
from etl import batch
from etl.clean import clean
from etl.plan import groups
from etl.processed import processed_key

from tests.etl.events import START, event, minutes, raw_object
from tests.warehouse.pipeline import Pipeline
from tests.warehouse.test_any_order import stormy_day

# The contract leaves nothing that PostgreSQL is known to refuse. So this warehouse refuses more than ours:
# an event whose search term is "refuse <SQLSTATE>", wherever rows of such an event are written.
REFUSE = """
create function warehouse.refuse() returns trigger language plpgsql as $$
begin
    if new.search_term like 'refuse %' then
        raise exception 'the test refuses %', new.event_id
            using errcode = split_part(new.search_term, ' ', 2);
    end if;
    return new;
end
$$;
create trigger refuse before insert on warehouse.fact_events for each row execute function warehouse.refuse();
"""


@pytest.fixture
def choosy(pipeline: Pipeline) -> Iterator[Pipeline]:
    """Return a pipeline whose warehouse refuses some events."""
    with psycopg.connect(pipeline.owner_dsn, autocommit=True) as connection:
        connection.execute(REFUSE)
        yield pipeline
        connection.execute("drop trigger refuse on warehouse.fact_events; drop function warehouse.refuse")


def poison(name: str, state: str = "22003", at: float = 0, **fields: Any) -> dict[str, Any]:
    return event(name, minutes(at), params={"search_term": f"refuse {state}"}, **fields)


def rejects(pipeline: Pipeline) -> list[tuple[Any, ...]]:
    return pipeline.query("select reason, line_number, detail from etl.rejects order by detail, line_number")


def test_refused_line_among_several_batches_takes_none_of_them_with_it(
    choosy: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    hours = [[event(f"{hour}-{n}", minutes(61 * hour + n)) for n in range(3)] for hour in range(3)]
    hours[1][1] = poison("bad", at=62)
    choosy.put(*(raw_object(events, minutes(61 * hour + 5)) for hour, events in enumerate(hours)))
    monkeypatch.setattr("etl.run.groups", partial(groups, max_batch_bytes=1))
    choosy.run()
    assert choosy.account() == (9, 8, 1, 0)
    assert [found[:2] for found in rejects(choosy)] == [("unloadable", 2)]
    assert choosy.query("select count(distinct xmin::text) from etl.objects") == [(3,)]
    assert choosy.broken_checks() == []


@pytest.mark.parametrize("state", ["22003", "22P02", "23502", "23514", "54000"])
def test_refused_line_is_rejected_with_the_message_and_all_others_are_loaded(
    choosy: Pipeline, state: str
) -> None:
    bad = poison("bad", state, 2, items=[{"item_id": "x"}])
    choosy.put(raw_object([event(str(i), minutes(i)) for i in range(3)] + [bad], minutes(3)))
    assert choosy.run()["rejected_count"] == 1
    assert choosy.account() == (4, 3, 1, 0)
    ((reason, line_number, detail),) = rejects(choosy)
    assert (reason, line_number) == ("unloadable", 4)
    assert detail.startswith(f"{state}: ")
    assert f"the test refuses {bad['event_id']}" in detail
    ((line, size_bytes),) = choosy.query("select line, line_size_bytes from etl.rejects")
    assert bad["event_id"].encode() in line
    assert size_bytes == len(line)
    assert choosy.sessions() == [(START, minutes(2), 3)]
    assert choosy.query("select count(*) from fact_event_items") == [(0,)]
    assert choosy.broken_checks() == []
    assert choosy.run()["stored_count"] == 0


def test_batch_of_nothing_but_a_refused_line_is_accounted_for(choosy: Pipeline) -> None:
    choosy.put(raw_object([poison("bad")], START))
    choosy.run()
    assert choosy.account() == (1, 0, 1, 0)


def test_locks_and_time_limits_reject_nothing(choosy: Pipeline) -> None:
    choosy.put(raw_object([event("a", START), poison("b", "55P03")], START))
    with pytest.raises(psycopg.errors.LockNotAvailable):
        choosy.run()
    assert choosy.account() == (0, 0, 0, 0)


def test_fault_of_every_line_rejects_nothing(choosy: Pipeline) -> None:
    choosy.put(raw_object([poison(str(i)) for i in range(101)], START))
    with pytest.raises(psycopg.errors.NumericValueOutOfRange):
        choosy.run()
    assert choosy.account() == (0, 0, 0, 0)


@pytest.mark.parametrize("seed", range(2))
def test_content_is_as_if_the_refused_lines_had_never_been_sent(choosy: Pipeline, seed: int) -> None:
    objects = stormy_day(seed)
    choosy.put(*objects)
    choosy.run()
    tables = ("fact_events", "fact_event_items", "fact_sessions", "fact_orders")
    wanted = {f"warehouse.{name}" for name in tables} | {"mart.traffic_hourly", "mart.sales_funnel_daily"}
    clean = {table: found for table, found in choosy.content().items() if table in wanted}
    assert rejects(choosy)
    choosy.empty()
    chance = Random(seed)
    bad = [
        raw_object([poison(f"bad{i}", at=chance.randint(0, 900), visitor=f"v{i % 4}")], minutes(i * 60))
        for i in range(10)
    ]
    choosy.put(*objects, *bad)
    choosy.run()
    assert {table: found for table, found in choosy.content().items() if table in wanted} == clean
    stored, loaded, rejected, duplicates = choosy.account()
    assert stored == loaded + rejected + duplicates
    assert choosy.query("select count(*) from etl.rejects where reason = 'unloadable'") == [(10,)]
    assert choosy.broken_checks() == []


def test_earlier_copy_in_the_same_batch_as_a_refused_line_replaces_the_later(choosy: Pipeline) -> None:
    choosy.put(raw_object([event("a", START, params={"n": 2})], minutes(9), batch="2"))
    choosy.run()
    choosy.put(raw_object([event("a", START, params={"n": 1}), poison("bad")], minutes(3), batch="1"))
    choosy.run()
    assert choosy.query("select params ->> 'n' from fact_events") == [("1",)]
    assert choosy.account() == (3, 1, 1, 1)
    assert choosy.broken_checks() == []


def test_line_that_can_not_be_cleaned_is_rejected_too(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No event is known that breaks `clean`; this one stands for a bug that one event's content wakes."""

    def fragile(parsed: Any) -> Any:
        if (parsed["page_title"] == "breaks").any():
            raise OverflowError("a bug wakes")
        return clean(parsed)

    monkeypatch.setattr(batch, "clean", fragile)
    broken = event("bad", minutes(1), page={"title": "breaks"})
    pipeline.put(raw_object([event("a", START), broken, event("b", minutes(2))], minutes(3)))
    pipeline.run()
    assert pipeline.account() == (3, 2, 1, 0)
    assert rejects(pipeline) == [("unloadable", 2, "OverflowError: a bug wakes")]
    assert list(pipeline.processed()) == [processed_key(START)]
    assert pipeline.broken_checks() == []


def test_one_id_on_two_days_holds_up_nobody(pipeline: Pipeline) -> None:
    """Two events by decision 0005; where both begin a session, which is named after it, one is rejected."""
    tomorrow = minutes(24 * 60)
    twice = [event("a", START, visitor="v1"), event("a", tomorrow, visitor="v2")]
    within = [event("b", START, visitor="v3"), event("c", tomorrow, visitor="v4")]
    within.append(event("b", minutes(24 * 60 + 1), visitor="v4"))
    pipeline.put(raw_object([*twice, *within], minutes(24 * 60 + 2)))
    pipeline.run()
    assert pipeline.account() == (5, 4, 1, 0)
    assert pipeline.query("select visitor_id, count(*) from fact_events group by 1 order by 1")[-2:] == [
        ("v3", 1),
        ("v4", 2),
    ]
    assert pipeline.query("select reason from etl.rejects") == [("unloadable",)]
    assert pipeline.broken_checks() == []
