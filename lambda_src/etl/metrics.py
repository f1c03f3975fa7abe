"""What a run publishes: what it did, and how the warehouse is, also when the run failed. Pure."""

from datetime import datetime

from contract.metrics import Values

from etl.health import Health
from etl.reconcile import Tally, Verdict
from etl.run import RunSummary


def of_run(summary: RunSummary) -> Values:
    """Return what became of the lines that the run took in, and how much it left to the next one."""
    return {
        "EventsLoaded": ("Count", summary.counts.loaded_count),
        "EventsRejected": ("Count", summary.counts.rejected_count),
        "EventsDuplicate": ("Count", summary.counts.duplicate_count),
        "UnloadedObjects": ("Count", summary.unloaded_objects_count),
    }


def of_stored_hour(stored_count: int) -> Values:
    """Return how many lines of an hour of receipt lay in raw; published with that hour's time."""
    return {"EventsStored": ("Count", stored_count)}


def of_packages(valid_seconds: float | None) -> Values:
    """Return how long hosts still take their packages; None: it can't be said now."""
    return {} if valid_seconds is None else {"PackagesValid": ("Seconds", valid_seconds)}


def of_warehouse(health: Health | None, at: datetime) -> Values:
    """Return how the warehouse is; None: it can't be asked.

    `DataAge` is how long ago the instant lies up to which everything received is loaded; before the first
    complete run there is none.
    """
    if health is None:
        return {"WarehouseUp": ("None", 0)}
    values: Values = {
        "WarehouseUp": ("None", 1),
        "DatabaseSize": ("Bytes", health.database_size_bytes),
        "AccountDifference": ("Count", abs(health.account_difference)),
    }
    if health.complete_to is None:
        return values
    return {**values, "DataAge": ("Seconds", max(0.0, (at - health.complete_to).total_seconds()))}


def of_reconciliation(newest: Tally) -> Values:
    """Return what became of the orders of the newest day that was compared."""
    return {
        "OrdersCompared": ("Count", newest.orders_count),
        "OrdersMissingInStream": ("Count", newest.verdicts[Verdict.MISSING_IN_STREAM]),
        "OrdersMissingInShop": ("Count", newest.verdicts[Verdict.MISSING_IN_SHOP]),
        "OrdersDiffering": ("Count", newest.differing_count),
        "OrdersMissingPercent": ("Percent", round(newest.missing_percent, 3)),
    }
