"""Visits are counted by source and by audience, and the sums are those of the hours."""

from typing import Any

from tests.etl.events import event, minutes, raw_object
from tests.warehouse.pipeline import Pipeline

GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
SOURCES = (
    "select source, medium, campaign, channel, is_bot, sessions_count::int, engaged_sessions_count::int,"
    " purchases_count::int, page_views_count::int, revenue::text from traffic_sources_daily"
    " order by 1, 2, 3, 5"
)
AUDIENCE = (
    "select device_category, country, browser, operating_system, language, is_bot, sessions_count::int,"
    " revenue::text from traffic_audience_daily order by 1, 2, 3, 5"
)


def visit(visitor: str, query: str = "", at: float = 0, language: str | None = None) -> dict[str, Any]:
    device = {"device": {"language": language}} if language else {}
    page = {"url": f"https://shop.example/{query}"}
    return event(f"{visitor} {at}", minutes(at), visitor=visitor, page=page, **device)


def purchase(visitor: str, at: float, value: float, currency: str | None = "EUR") -> dict[str, Any]:
    params = {"transaction_id": f"{visitor} {at}", "value": value, "currency": currency}
    return event(f"{visitor} p {at}", minutes(at), visitor=visitor, event_name="purchase", params=params)


def load(pipeline: Pipeline, *objects: tuple[str, bytes]) -> None:
    pipeline.put(*objects)
    pipeline.run()
    assert pipeline.broken_checks() == []


def test_a_session_counts_for_the_source_of_its_first_event(pipeline: Pipeline) -> None:
    spring = "?utm_source=news&utm_medium=email&utm_campaign=spring"
    load(
        pipeline,
        raw_object(
            [
                visit("v1", spring),
                visit("v1", "?utm_source=other&utm_medium=email", at=1),
                purchase("v1", 2, 0.1),
                purchase("v1", 3, 0.2, None),
                purchase("v1", 4, 7, "USD"),
                visit("v2", spring),
                visit("v3"),
            ],
            minutes(5),
        ),
        raw_object([visit("robot")], minutes(5), user_agent=GOOGLEBOT),
    )
    assert pipeline.query(SOURCES) == [
        ("(direct)", "(none)", "(not set)", "Direct", False, 1, 0, 0, 1, "0"),
        ("(direct)", "(none)", "(not set)", "Direct", True, 1, 0, 0, 1, "0"),
        ("news", "email", "spring", "Email", False, 2, 1, 3, 3, "0.3"),
    ]


def test_late_first_event_moves_the_session_to_its_source(pipeline: Pipeline) -> None:
    load(pipeline, raw_object([visit("v1", at=5)], minutes(6)))
    load(pipeline, raw_object([visit("v1", "?utm_source=late&utm_medium=email", at=0)], minutes(7)))
    assert [row[:2] for row in pipeline.query(SOURCES)] == [("late", "email")]


def test_rarest_sources_of_a_day_share_the_row_of_their_channel(pipeline: Pipeline) -> None:
    made_up = [visit(f"m{n}", f"?utm_source=made-up-{n:03}&utm_medium=email") for n in range(510)]
    often = [visit(f"o{n}") for n in range(2)]
    load(pipeline, raw_object(made_up[:400], minutes(1)), raw_object([*made_up[400:], *often], minutes(1)))
    rows = "select count(*)::int, sum(sessions_count)::int from traffic_sources_daily"
    assert pipeline.query(rows) == [(501, 512)]
    assert pipeline.query(f"{rows} where source = '(other)' and channel = 'Email'") == [(1, 11)]


def test_audience_is_that_of_the_first_event(pipeline: Pipeline) -> None:
    first = [visit("v1", language="de-CH"), purchase("v1", 1, 5)]
    load(
        pipeline,
        raw_object(first, minutes(2), user_agent=FIREFOX, country="CH"),
        raw_object([visit("v1", at=2, language="fr")], minutes(2), user_agent=FIREFOX, country="FR"),
        raw_object([visit("v2", language="DE")], minutes(2), user_agent=FIREFOX, country="CH"),
        raw_object([visit("v3")], minutes(2)),
    )
    assert pipeline.query(AUDIENCE) == [
        ("(not set)", "(not set)", "(not set)", "(not set)", "(not set)", False, 1, "0"),
        ("desktop", "CH", "Firefox", "Linux", "de", False, 2, "5"),
    ]


def test_languages_that_nobody_speaks_share_the_row_of_their_device(pipeline: Pipeline) -> None:
    made_up = [
        visit(f"m{n}", language="".join(chr(97 + n // 26**k % 26) for k in range(3))) for n in range(510)
    ]
    load(
        pipeline,
        raw_object(made_up[:400], minutes(1)),
        raw_object(made_up[400:], minutes(1)),
        raw_object([visit("v", language="de"), visit("w", language="de")], minutes(1), country="CH"),
    )
    rows = "select country, count(*)::int, sum(sessions_count)::int from traffic_audience_daily"
    assert pipeline.query(f"{rows} group by 1 order by 1") == [("(not set)", 500, 510), ("CH", 1, 2)]
    assert pipeline.query(f"{rows} where language = '(other)' group by 1") == [("(not set)", 1, 11)]
