"""Draws the figures of sdk.json as bars, ours and its peers': size, loss, requests, calls. SVG, by hand."""

from typing import Any

from tests.bench.etl_picture import Row, drawn_charts

_CHARTS = {
    "gzip_bytes": "Kilobytes that a page loads, gzip",
    "lost_at_close_percent": "Lost when the page closes, percent, after the next visit",
    "lost_at_close_at_once_percent": "The same within a second, percent",
    "lost_at_navigation_percent": "Lost when another page follows, percent",
    "requests_per_100_events": "Requests for 100 events in a second",
    "track_1000_ms": "Milliseconds that 1,000 calls hold the page up",
}
_UNITS = {"gzip_bytes": 1_000}


def picture(figures: dict[str, Any]) -> str:
    """Return the picture of all figures of a run."""
    trackers = {"this SDK": figures, **figures["peers"]}
    return drawn_charts([(title, _rows(trackers, name)) for name, title in _CHARTS.items()])


def _rows(trackers: dict[str, Any], figure: str) -> list[Row]:
    return [
        (tracker, [("function" if tracker == "this SDK" else "one", its[figure] / _UNITS.get(figure, 1))])
        for tracker, its in trackers.items()
    ]
