"""The warehouse's fixtures: what one process makes of raw is what Spark must make of it."""

from tests.warehouse.conftest import pipeline, postgres, warm_pipeline

__all__ = ["pipeline", "postgres", "warm_pipeline"]
