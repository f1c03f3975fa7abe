"""The cluster itself: made beside its place and moved there, and kept as it is configured."""

from __future__ import annotations

import os
import pwd
import shutil
import time
from datetime import UTC, datetime
from pathlib import Path

from . import cluster_rules, repository
from .system import Settings, UpkeepError, as_postgres, run, say, sql

READY_SECONDS = 3600
# What is asked most is counted, and what upkeep did is kept.
EXTENSIONS_SQL = """
create extension if not exists pg_stat_statements;
create schema if not exists upkeep;
create table if not exists upkeep.run (
  kind text not null, started_at timestamptz not null, seconds numeric not null, is_ok boolean not null,
  detail jsonb not null, primary key (kind, started_at)
);
create table if not exists upkeep.canary (
  canary_id bigint generated always as identity primary key, sung_at timestamptz not null default now()
);
grant usage on schema upkeep to pg_monitor;
grant select on upkeep.run to pg_monitor;
revoke all on database postgres from public;
"""
# in the template: the warehouse and the shop are made from it
AUDIT_SQL = """
create schema if not exists audit;
create extension if not exists pgaudit schema audit;
"""


def own(settings: Settings, dry: bool) -> bool:
    """The volume belongs to this host's postgres, whose number may be another than on the host before."""
    owner = pwd.getpwnam("postgres")
    if settings.directory.exists() and settings.directory.stat().st_uid != owner.pw_uid:
        if not dry:
            # the data directory itself last: it tells whether this was done
            for folder, _, files in os.walk(settings.directory, topdown=False):
                for path in (*(Path(folder, file) for file in files), Path(folder)):
                    os.lchown(path, owner.pw_uid, owner.pw_gid)
        return True
    return False


def make(settings: Settings) -> None:
    """There is an empty cluster with checksums in the cluster's place, whole."""
    fresh = _beside(settings, "new")
    collation = ["--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"]
    access = ["--auth-local=peer", "--auth-host=scram-sha-256"]
    as_postgres(settings.program("initdb"), f"--pgdata={fresh}", "--data-checksums", *collation, *access)
    marker = fresh / cluster_rules.MARKER
    marker.write_text(cluster_rules.marker_text(settings.name))
    shutil.chown(marker, "postgres", "postgres")
    _move(settings, fresh)


def make_from_backup(settings: Settings, to: str) -> None:
    """The cluster's place has what the backups give; what was there before is beside it."""
    fresh = _beside(settings, "restored")
    repository.restore(settings, fresh, settings.directory, *repository.to_moment(to))
    _move(settings, fresh)


def _beside(settings: Settings, what: str) -> Path:
    """Return an empty folder beside the cluster's place; what was interrupted before is gone."""
    parent = settings.directory.parent
    for folder in (settings.root, parent):
        folder.mkdir(mode=0o755, exist_ok=True)
        shutil.chown(folder, "postgres", "postgres")
    fresh = parent / f"main.{what}"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    shutil.chown(fresh, "postgres", "postgres")
    return fresh


def _move(settings: Settings, fresh: Path) -> None:
    os.sync()
    if settings.directory.exists():
        now = datetime.now(tz=UTC).strftime("%Y%m%dT%H%M%SZ")
        if any(settings.directory.iterdir()):
            settings.directory.rename(settings.directory.with_name(f"main.before-{now}"))
    fresh.rename(settings.directory)
    os.sync()


def is_active(settings: Settings) -> bool:
    """Whether the unit runs."""
    return _unit(settings, "ActiveState") == "active"


def _unit(settings: Settings, name: str) -> str:
    return run("systemctl", "show", f"--property={name}", "--value", settings.service).strip()


def settle_service(settings: Settings, dry: bool) -> list[str]:
    """PostgreSQL runs with the configuration that is written. Return what had to be done.

    It is read from the state of things, not from what this run of Ansible changed: a run that was killed
    between writing and restarting is mended by the next.
    """
    if not is_active(settings):
        if not dry:
            run("systemctl", "daemon-reload")
            run("systemctl", "start", settings.service)
            await_ready(settings)
        return ["started"]
    did = []
    if _unit(settings, "NeedDaemonReload") == "yes" or _is_unit_newer(settings):
        did = ["restarted"]
    elif _is_configuration_newer(settings):
        did = ["reloaded"]
    if dry or not did:
        return did
    run("systemctl", "daemon-reload")
    run("systemctl", "reload", settings.service)
    time.sleep(1)  # it reads its files when the signal comes
    (row,) = sql("select count(*) from pg_settings where pending_restart")
    if did == ["restarted"] or row[0] != "0":
        run("systemctl", "restart", settings.service)
        did = ["restarted"]
    await_ready(settings)
    return did


def _is_unit_newer(settings: Settings) -> bool:
    folder = Path(f"/etc/systemd/system/{settings.service}.d")
    started = _unit(settings, "ActiveEnterTimestampMonotonic")
    started_at = time.time() - time.monotonic() + int(started or 0) / 1e6
    return any(file.stat().st_mtime > started_at for file in folder.glob("*.conf"))


def _is_configuration_newer(settings: Settings) -> bool:
    (row,) = sql("select extract(epoch from pg_conf_load_time())")
    files = [file for file in settings.configuration.rglob("*") if file.is_file()]
    return any(file.stat().st_mtime > float(row[0]) for file in files)


def await_ready(settings: Settings) -> None:
    """PostgreSQL takes writes; an UpkeepError with the end of its log when it has stopped."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        try:
            if sql("select pg_is_in_recovery()") == [["f"]]:
                return
        except UpkeepError:
            if not is_active(settings):
                break
        time.sleep(0.5)
    log = Path(f"/var/log/postgresql/postgresql-{settings.major}-main.log")
    words = log.read_text(errors="replace").splitlines()[-12:] if log.exists() else []
    raise UpkeepError(
        f"{settings.service} does not answer; the end of {log}:\n"
        + "\n".join(words)
        + "\nNext: docs/restore.md"
    )


def settle_extensions(dry: bool) -> bool:
    """Statements are counted and audited, in every database that will be made. Whether that was new."""
    found = "select count(*) from pg_extension where extname in ('pg_stat_statements', 'pgaudit')"
    tables = "select count(*) from pg_tables where schemaname = 'upkeep'"
    if sql(found) == [["1"]] and sql(found, "template1") == [["1"]] and sql(tables) == [["2"]]:
        return False
    if not dry:
        sql(EXTENSIONS_SQL)
        sql(AUDIT_SQL, "template1")
        say("extensions are there")
    return True


def stop(settings: Settings) -> None:
    """PostgreSQL is shut down in good order; what it had written is in the archive if S3 can be reached."""
    run("systemctl", "stop", settings.service)
