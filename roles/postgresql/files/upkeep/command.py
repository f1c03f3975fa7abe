"""The command `postgresql-upkeep`: what the role, the timers and operators run on a host with PostgreSQL."""

from __future__ import annotations

import argparse
import json
import os
import sys

from . import cluster_rules, converge, drill, record, repository
from .record import Detail
from .system import Settings, UpkeepError, load_settings, run


def backup(settings: Settings, kind: str) -> Detail:
    """Return the figures of the backup that was just made."""
    repository.pgbackrest(settings, "backup", f"--type={kind}")
    made = repository.backups(settings)[-1]
    return {
        "label": made.label,
        "database_bytes": made.size_bytes,
        "repository_bytes": made.repository_bytes,
    }


def status(settings: Settings) -> Detail:
    """Return what there is to restore from, and what backups and drills came to."""
    return {
        "backups": [one.__dict__ for one in repository.backups(settings)],
        "runs": record.all_records(),
    }


def kind_of(asked: argparse.Namespace) -> str:
    """Return the name under which a backup or a drill is recorded."""
    return f"backup-{asked.kind}" if asked.command == "backup" else "drill"


def by_its_unit(asked: argparse.Namespace) -> int:
    """What root asks for is done by the unit that the timer starts: as postgres, shut in, once at a time."""
    unit = "postgresql-drill" if asked.command == "drill" else f"postgresql-backup@{asked.kind}"
    try:
        run("systemctl", "start", f"{unit}.service")
    finally:
        print("\n".join(json.dumps(one) for one in record.all_records() if one["kind"] == kind_of(asked)))
    return 0


def parser() -> argparse.ArgumentParser:
    """Return the words that the command takes."""
    top = argparse.ArgumentParser(prog="postgresql-upkeep", description=__doc__)
    commands = top.add_subparsers(dest="command", required=True)
    making = commands.add_parser("converge", help="make or restore the cluster, run it, arrange its backups")
    making.add_argument("--check", action="store_true", help="change nothing, say what would be done")
    making.add_argument("--restore-to", default="", help="when there is no cluster: latest, or a time")
    making.add_argument("--start-anew", action="store_true", help="leave backups of an earlier cluster alone")
    commands.add_parser("backup", help="back up now").add_argument("kind", choices=["full", "diff", "incr"])
    commands.add_parser("drill", help="prove that the backups restore")
    back = commands.add_parser("restore", help="put the cluster back to a point in time")
    back.add_argument("--to", required=True, help="latest, or a time such as 2026-11-22 10:00:00+00")
    commands.add_parser("status", help="list backups, and what backups and drills came to")
    return top


def main(arguments: list[str]) -> int:
    """Run one command; 0 when it went well."""
    asked, settings = parser().parse_args(arguments), load_settings()
    try:
        if asked.command in {"backup", "drill"} and os.geteuid() == 0:
            return by_its_unit(asked)
        if asked.command in {"backup", "drill"}:
            work = {
                "backup": lambda: backup(settings, asked.kind),
                "drill": lambda: drill.drill(settings),
            }[asked.command]
            return 0 if record.recorded(kind_of(asked), work) else 1
        if asked.command == "status":
            print(json.dumps(status(settings), indent=2))
            return 0
        did = (
            converge.restore(settings, asked.to)
            if asked.command == "restore"
            else converge.converge(settings, asked.restore_to, asked.start_anew, asked.check)
        )
    except (UpkeepError, cluster_rules.ClusterError) as error:
        print(f"postgresql-upkeep: {error}", file=sys.stderr)
        return 1
    print(json.dumps({"changed": bool(did), "did": did}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
