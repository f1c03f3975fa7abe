"""What a funnel must count, worked out by trying every way through a trail.

Written from the words of docs/funnels.md, without the warehouse's code.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, product

# (name, seconds) of each event of a session, in order; seconds since the same instant for all
Trail = Sequence[tuple[str, float]]


@dataclass(frozen=True)
class Choice:
    """What an analyst chooses."""

    steps: tuple[str, ...]
    unit: str = "session"
    step_order: str = "in order"
    window_seconds: float | None = None
    excluded_events: tuple[str, ...] = ()


def reached(trail: Trail, choice: Choice) -> list[float]:
    """When the steps are reached, as far as they are: of all ways the furthest, of these the earliest."""
    for count in range(len(choice.steps), 0, -1):
        ways = [way for way in _ways(trail, choice.steps[:count]) if _is_good(trail, way, choice)]
        if ways:
            earliest = min(ways, key=lambda way: (min(way), way))
            return [max(trail[place][1] for place in earliest[: k + 1]) for k in range(count)]
    return []


def _ways(trail: Trail, steps: Sequence[str]) -> Iterator[tuple[int, ...]]:
    places = [[place for place, (name, _) in enumerate(trail) if name == step] for step in steps]
    yield from product(*places)


def _is_good(trail: Trail, way: tuple[int, ...], choice: Choice) -> bool:
    times = [trail[place][1] for place in way]
    if choice.window_seconds is not None and max(times) - min(times) > choice.window_seconds:
        return False
    if choice.step_order == "any order":
        return True
    gaps = [later - earlier for earlier, later in pairwise(way)]
    return all(gap == 1 if choice.step_order == "strict" else gap > 0 for gap in gaps)


def units(sessions: Sequence[tuple[str, Trail]], unit: str) -> list[Trail]:
    """The trails to judge: of (visitor, trail) each session's, or all of a visitor's one after the other."""
    if unit == "session":
        return [trail for _, trail in sessions]
    visitors = {visitor for visitor, _ in sessions}
    return [
        [
            event
            for _, trail in sorted((s for s in sessions if s[0] == visitor), key=lambda s: s[1][0][1])
            for event in trail
        ]
        for visitor in sorted(visitors)
    ]


def funnel(sessions: Sequence[tuple[str, Trail]], choice: Choice) -> list[tuple[int, list[float]]]:
    """Of each step: how many units reached it, and the sorted seconds that each took from the step before."""
    found = [
        reached(trail, choice)
        for trail in units(sessions, choice.unit)
        if not any(name in choice.excluded_events for name, _ in trail)
    ]
    steps = []
    for number in range(len(choice.steps)):
        of_step = [times for times in found if len(times) > number]
        steps.append(
            (len(of_step), sorted(times[number] - times[number - 1] for times in of_step) if number else [])
        )
    return steps
