"""What is handed out when somebody was erased: what was done, by whom, when the last backup forgets. Pure."""

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from etl.errors import TerminalError

from erasure.register import Erasure

# pgBackRest removes what is over its number after each full backup; S3 acts at midnight after the last day.
_SLACK = timedelta(days=2)
_BETWEEN_FULL_BACKUPS = timedelta(days=7)


@dataclass(frozen=True)
class Retention:
    """How long what was written before an erasure lives on."""

    # pgBackRest's repo1-retention-full; a full backup is made every Sunday
    full_backups_kept: int
    backups_old_versions_days: int
    athena_results_days: int

    def backups_expire_on(self, erased_at: datetime) -> date:
        """Return the day on which nothing in the backups bucket is from before the erasure, at the latest.

        The last full backup before it goes, and its log with it, when as many newer ones are there as are
        kept; then the bucket's lifecycle has to remove the old versions.
        """
        kept = self.full_backups_kept * _BETWEEN_FULL_BACKUPS
        old_versions = timedelta(days=self.backups_old_versions_days)
        return (erased_at + kept + old_versions + _SLACK).date()

    def athena_results_expire_on(self, erased_at: datetime) -> date:
        """Return the day on which no answer of Athena is from before the erasure."""
        return (erased_at + timedelta(days=self.athena_results_days) + _SLACK).date()


def read_hashes(certificate: str) -> list[str]:
    """Return whom a certificate is about; raises `TerminalError` if it is none."""
    try:
        return [str(found) for found in json.loads(certificate)["id_hashes_hmac_sha256"]]
    except (ValueError, KeyError, TypeError) as error:
        raise TerminalError(f"that is no certificate of an erasure: {error!r}") from None


@dataclass(frozen=True)
class Certificate:
    """An erasure that is complete; nothing in it but keyed hashes points to the person."""

    erasure: Erasure
    retention: Retention
    unsearchable: dict[str, str]

    @property
    def completed_at(self) -> datetime:
        """When nothing was left to do."""
        if self.erasure.completed_at is None:
            raise ValueError(f"erasure {self.erasure.erasure_id} is not complete: run the same command again")
        return self.erasure.completed_at

    def document(self) -> dict[str, Any]:
        """Return what the JSON file holds."""
        done, at = self.erasure, self.completed_at
        return {
            "certificate": "erasure of one person",
            "erasure_id": done.erasure_id,
            "id_hashes_hmac_sha256": done.id_hashes,
            "requested_by": done.requested_by,
            "started_at": done.started_at.isoformat(),
            "completed_at": at.isoformat(),
            "raw": {
                "objects_rewritten_count": done.objects_count,
                "lines_erased_count": done.lines_count,
                "versions_deleted_count": done.versions_count,
                "unsearchable_objects": self.unsearchable,
            },
            "processed_files_rewritten": done.processed_keys,
            "warehouse_rows_removed": done.removed_rows,
            "backups_expire_on": self.retention.backups_expire_on(at).isoformat(),
            "athena_results_expire_on": self.retention.athena_results_expire_on(at).isoformat(),
        }

    def as_json(self) -> str:
        """Return the JSON file."""
        return json.dumps(self.document(), indent=2) + "\n"

    def rendered(self) -> str:
        """Return it for people."""
        done, at = self.erasure, self.completed_at
        lines = [
            f"Erasure {done.erasure_id}, asked for by {done.requested_by}",
            f"  from {done.started_at:%Y-%m-%d %H:%M:%S} to {at:%Y-%m-%d %H:%M:%S} UTC",
            f"  ids, as hashes with the warehouse's key: {', '.join(done.id_hashes)}",
            f"raw: {done.lines_count} lines in {done.objects_count} objects erased,"
            f" {done.versions_count} versions deleted",
            f"processed: {len(done.processed_keys)} files written anew",
            *(f"{table}: {count} rows removed" for table, count in sorted(done.removed_rows.items())),
            *(f"not searched: {key}: {why}" for key, why in sorted(self.unsearchable.items())),
            "Their lines are not loaded if they come again.",
            f"Backups hold them until {self.retention.backups_expire_on(at)} at the latest,"
            f" Athena's answers until {self.retention.athena_results_expire_on(at)}.",
        ]
        return "\n".join(lines) + "\n"
