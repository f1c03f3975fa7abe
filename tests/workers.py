"""Which tests run in the same worker process, and in which order the workers take them up.

A unit of tests stays together because making what its tests share takes longer than they do, or because they
write to the same place of the checkout (docs/decisions/0023-tests-on-every-core.md). Everything else goes by
file. What takes longest is begun first, so that no worker is left with it at the end.
"""

from collections.abc import Sequence

from xdist.scheduler import LoadScopeScheduling

# (unit, how its tests are named, from the left); a test belongs to the first that fits
UNITS = (
    ("a rehearsal", ("tests/rehearsal/",)),
    ("a stack with the demo's events", ("tests/integration/",)),
    ("a warehouse to break", ("tests/faults/",)),
    ("a warehouse and an emulated S3", ("tests/warehouse/",)),
    ("Spark", ("tests/spark/",)),
    ("a stack without databases", ("tests/local_stack/",)),
    ("the shop's database", ("tests/shop_database/",)),
    (
        "the built SDK",
        ("tests/e2e/sdk/", "tests/e2e/storefront/", "tests/sdk/", "tests/bench/test_sdk.py"),
    ),
    ("every call of an apply", ("tests/provision/test_killed_apply.py",)),
    ("the dashboards", ("tests/e2e/", "tests/dashboards/")),
    ("the round trip", ("tests/provision/test_round_trip.py",)),
    ("an estate to judge", ("tests/judges/",)),
)


def unit_of(test: str) -> str:
    """The unit that a test, named as pytest names it, belongs to: one of `UNITS`, or its file."""
    return next((unit for unit, names in UNITS if test.startswith(names)), test.partition("::")[0])


def in_order(tests: Sequence[str]) -> list[int]:
    """The places of tests in the order of their units: `UNITS`, then files as they come."""
    rank = {unit: number for number, (unit, _) in enumerate(UNITS)}
    return sorted(range(len(tests)), key=lambda place: (rank.get(unit_of(tests[place]), len(rank)), place))


class ByUnit(LoadScopeScheduling):
    """Hands whole units to workers, each as soon as a worker is about to have nothing to do."""

    def _split_scope(self, nodeid: str) -> str:
        return unit_of(nodeid)
