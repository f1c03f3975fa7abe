"""What is read out of Lighthouse's reports."""

from typing import Any

from tests.bench.storefront import CATEGORIES, TIMES, figures_of, findings_of, median_of


def report(**scores: float | None) -> dict[str, Any]:
    """Return a report whose audits have these scores; each counts in every category."""
    references = [{"id": name, "weight": 1} for name in scores]
    audits = {
        name: {"id": name, "title": f"Title of {name}", "score": score} for name, score in scores.items()
    }
    times = {name: {"id": name, "score": 1, "numericValue": at} for at, name in enumerate(TIMES)}
    categories = {name: {"score": 0.97, "auditRefs": references} for name in CATEGORIES}
    return {"categories": categories, "audits": {**audits, **times}}


def test_scores_are_of_a_hundred_and_times_have_their_units() -> None:
    found = figures_of(report())
    assert found["best_practices"] == 97
    assert found["first_contentful_paint_ms"] == 0
    assert found["transferred_bytes"] == len(TIMES) - 1


def test_a_finding_is_what_counts_and_has_not_the_full_score() -> None:
    # None is an audit that does not apply to the page
    assert findings_of(report(fine=1, label=0.5, missing=0, other=None)) == [
        "label: Title of label",
        "missing: Title of missing",
    ]


def test_what_does_not_count_is_no_finding() -> None:
    seen = report(hint=0)
    for category in seen["categories"].values():
        category["auditRefs"][0]["weight"] = 0
    assert findings_of(seen) == []


def test_each_figure_has_its_own_median() -> None:
    assert median_of([{"a": 1, "b": 9}, {"a": 2, "b": 7}, {"a": 3, "b": 8}]) == {"a": 2, "b": 8}
