"""The backups in S3, through pgBackRest."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .system import Settings, UpkeepError, as_postgres, sql

LATEST = "latest"


@dataclass(frozen=True)
class Backup:
    """One backup that can be restored."""

    label: str
    kind: str
    stopped_at: int  # seconds since 1970
    size_bytes: int  # of the database
    repository_bytes: int  # of what this backup added to the bucket
    system_id: int


def pgbackrest(settings: Settings, *arguments: str) -> str:
    """Return what pgBackRest prints."""
    return as_postgres("pgbackrest", f"--stanza={settings.stanza}", *arguments)


def backups(settings: Settings) -> list[Backup]:
    """Return the backups, oldest first; an UpkeepError when the bucket can't be asked."""
    listed = json.loads(pgbackrest(settings, "info", "--output=json"))
    return backups_of(listed)


def backups_of(listed: list[dict[str, Any]]) -> list[Backup]:
    """Return the backups that pgBackRest lists; an UpkeepError when it can't read the repository."""
    found = []
    for stanza in listed:
        # 1: there is no such stanza, 2: it has no backups
        if stanza["status"]["code"] not in (0, 1, 2):
            words = " ".join(repository["status"]["message"] for repository in stanza["repo"])
            raise UpkeepError(
                f"pgBackRest can't read the backups in S3: {words.splitlines()[0]}. Next: can the host reach "
                "S3 as its role, and is the passphrase the one that the backups were made with?"
            )
        systems = {(one["repo-key"], one["id"]): one["system-id"] for one in stanza.get("db", [])}
        found += [
            Backup(
                label=one["label"],
                kind=one["type"],
                stopped_at=one["timestamp"]["stop"],
                size_bytes=one["info"]["size"],
                repository_bytes=one["info"]["repository"]["delta"],
                system_id=systems[one["database"]["repo-key"], one["database"]["id"]],
            )
            for one in stanza["backup"]
        ]
    return found


def settle_stanza(settings: Settings) -> bool:
    """The bucket takes this cluster's log. Whether that had to be arranged."""
    listed = json.loads(pgbackrest(settings, "info", "--output=json"))
    known = {one["system-id"] for stanza in listed for one in stanza.get("db", [])}
    (row,) = sql("select system_identifier from pg_control_system()")
    if int(row[0]) in known:
        return False
    # another cluster's backups stay in the bucket until they grow old
    pgbackrest(settings, "stanza-upgrade" if known else "stanza-create")
    pgbackrest(settings, "check")
    return True


def to_moment(to: str) -> list[str]:
    """Return where a restore ends: at the end of what was archived (`latest`), or at a time."""
    if to == LATEST:
        return ["--type=default"]
    return ["--type=time", f"--target={to}", "--target-action=promote", "--target-timeline=latest"]


def to_point(lsn: str) -> list[str]:
    """Return where a restore ends: with all that was written before a place in the log, and nothing after."""
    return ["--type=lsn", f"--target={lsn}", "--target-exclusive", "--target-action=promote"]


def restore(settings: Settings, target: Path, home: Path, *options: str) -> None:
    """What the backups give is in `target`, and recovers when it is started in `home`."""
    command = f'pgbackrest --stanza={settings.stanza} --pg1-path={home} archive-get %f "%p"'
    where = [f"--pg1-path={target}", f"--recovery-option=restore_command={command}"]
    pgbackrest(settings, "restore", *where, *options)
