"""Draws the figures of etl.json as bars: where the seconds go, and who takes how many. SVG, by hand."""

from typing import Any
from xml.sax.saxutils import escape

_WIDTH, _LABEL, _BAR, _ROW = 860, 190, 560, 26
_COLOURS = {"function": "#2b6cb0", "postgres": "#c05621", "one": "#4a5568"}

# label, then parts as (colour, value)
Row = tuple[str, list[tuple[str, float]]]


def picture(figures: dict[str, Any]) -> str:
    """Return the picture of all figures of a run."""
    charts = [_stages(figures), _steps(figures)]
    if figures["beside"]:
        charts.append(_beside(figures["beside"]))
    return drawn_charts(charts)


def drawn_charts(charts: list[tuple[str, list[Row]]]) -> str:
    """Return the picture of charts, one below the other: title, and its bars."""
    drawn, top = [], 20
    for title, rows in charts:
        drawn.append(_chart(title, rows, top))
        top += _ROW * (len(rows) + 2)
    size = f'width="{_WIDTH}" height="{top}" viewBox="0 0 {_WIDTH} {top}"'
    style = 'font-family="DejaVu Sans, sans-serif" font-size="13"'
    back = f'<rect width="{_WIDTH}" height="{top}" fill="#fff"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>{back}{"".join(drawn)}</svg>\n'


def _stages(figures: dict[str, Any]) -> tuple[str, list[Row]]:
    own = figures["ours"]
    rows: list[Row] = [
        (stage, [("function", seconds), ("postgres", own["postgres_stages"][stage])])
        for stage, seconds in own["stages"].items()
    ]
    return (
        f"Seconds of processor time for {own['events']:,} events: function (blue), PostgreSQL (brown)",
        rows,
    )


def _steps(figures: dict[str, Any]) -> tuple[str, list[Row]]:
    low = figures["floor"]
    rows: list[Row] = [
        (f"{step} ({low['fastest'].get(step, 'binary')})", [("one", seconds)])
        for step, seconds in low["parts"].items()
    ]
    return "The floor of the same events: each step by the quickest library", rows


def _beside(beside: dict[str, Any]) -> tuple[str, list[Row]]:
    taken = {"this toolkit": beside["ours"], **beside["peers"]}
    rows: list[Row] = []
    for name, its in taken.items():
        server = its["postgres_cpu_seconds"]
        rows.append((name, [("function", its["cpu_seconds"] - server), ("postgres", server)]))
    return f"Seconds for {beside['events']:,} events, from start to end", rows


def _chart(title: str, rows: list[Row], top: int) -> str:
    longest = max(sum(value for _, value in parts) for _, parts in rows) or 1
    drawn = [f'<text x="10" y="{top + 8}" font-weight="bold">{escape(title)}</text>']
    for number, (label, parts) in enumerate(rows):
        y = top + 18 + number * _ROW
        drawn.append(f'<text x="{_LABEL - 8}" y="{y + 14}" text-anchor="end">{escape(label)}</text>')
        x = float(_LABEL)
        for colour, value in parts:
            width = value / longest * _BAR
            place = f'x="{x:.1f}" y="{y}" width="{width:.1f}" height="{_ROW - 8}"'
            drawn.append(f'<rect {place} fill="{_COLOURS[colour]}"/>')
            x += width
        total = sum(value for _, value in parts)
        drawn.append(f'<text x="{x + 6:.1f}" y="{y + 14}">{total:.2f}</text>')
    return "".join(drawn)
