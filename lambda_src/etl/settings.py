"""The function's settings, from its environment."""

from collections.abc import Mapping
from dataclasses import dataclass

from etl.errors import TerminalError


@dataclass(frozen=True)
class Settings:
    """Where to read and to write."""

    raw_bucket: str
    processed_bucket: str
    artifacts_bucket: str
    # an object of the artifacts bucket: libpq's connection fields as JSON
    warehouse_secret_key: str
    # another one: the signed Release file of the hosts' packages
    packages_release_key: str
    lookback_days: int
    # another such object: the reader's login to the shop's database
    oltp_secret_key: str
    # of orders that the nightly reconciliation compares
    reconcile_days: int


def settings_from(environment: Mapping[str, str]) -> Settings:
    """Return the settings, or raise `TerminalError` naming the variable that is missing."""
    try:
        return Settings(
            raw_bucket=environment["RAW_BUCKET"],
            processed_bucket=environment["PROCESSED_BUCKET"],
            artifacts_bucket=environment["ARTIFACTS_BUCKET"],
            warehouse_secret_key=environment["WAREHOUSE_SECRET_KEY"],
            packages_release_key=environment["PACKAGES_RELEASE_KEY"],
            lookback_days=int(environment.get("LOOKBACK_DAYS", "1")),
            oltp_secret_key=environment["OLTP_SECRET_KEY"],
            reconcile_days=int(environment.get("RECONCILE_DAYS", "35")),
        )
    except KeyError as error:
        raise TerminalError(
            f"environment variable {error} must be set; `python -m provision apply` sets it"
        ) from None
