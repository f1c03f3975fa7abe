"""From whatever is on the data volume to a cluster that runs and is backed up, or a clear refusal."""

from __future__ import annotations

import shutil

from . import cluster, cluster_rules, repository
from .system import Settings, UpkeepError, run, sql


def converge(settings: Settings, restore_to: str, is_new: bool, dry: bool) -> list[str]:
    """Return what had to be done, in order; nothing when all was as it should be."""
    did = _settle_data(settings, restore_to, is_new, dry)
    if did and dry:
        return [*did, "started"]
    did += cluster.settle_service(settings, dry)
    if dry and not cluster.is_active(settings):
        return did
    did += ["extensions"] if cluster.settle_extensions(dry) else []
    return did if dry else did + _settle_backups(settings, "restored" in did)


def restore(settings: Settings, to: str) -> list[str]:
    """The cluster is as it was at a point in time; what it was until now is kept beside it."""
    room_for(settings, repository.backups(settings))
    was_active = cluster.is_active(settings)
    if was_active:
        cluster.stop(settings)
    try:
        cluster.make_from_backup(settings, to)
    except UpkeepError as error:  # a time before the first backup, S3 gone: the place was not touched
        if was_active:
            cluster.settle_service(settings, dry=False)
        raise UpkeepError(f"nothing was restored, {settings.name} is as it was: {error}") from error
    did = ["restored", *cluster.settle_service(settings, dry=False)]
    return did + _settle_backups(settings, is_restored=True)


def _settle_backups(settings: Settings, is_restored: bool) -> list[str]:
    did = ["stanza"] if repository.settle_stanza(settings) else []
    kind = "full" if needs_backup(settings) else "diff" if is_restored else ""
    if kind:
        run("systemctl", "start", f"postgresql-backup@{kind}.service")
        did.append(f"backup-{kind}")
    return did


def needs_backup(settings: Settings) -> bool:
    """Whether this very cluster has no backup yet."""
    (row,) = sql("select system_identifier from pg_control_system()")
    return not any(one.system_id == int(row[0]) for one in repository.backups(settings))


def room_for(settings: Settings, backups: list[repository.Backup]) -> None:
    """An UpkeepError when the newest backup has no room beside what is there."""
    if not backups:
        raise UpkeepError(
            "there is no backup to restore from: nothing was touched. Next: postgresql-upkeep status"
        )
    needed_bytes = round(backups[-1].size_bytes * 1.1)
    free_bytes = shutil.disk_usage(settings.root).free
    if free_bytes < needed_bytes:
        raise UpkeepError(
            f"a restore needs {needed_bytes // 1024**2} MB beside what is there, and "
            f"{free_bytes // 1024**2} MB are free. Next: let the volume grow (platform_*_data_gb), or delete "
            f"what lies beside {settings.directory}; docs/restore.md"
        )


def _settle_data(settings: Settings, restore_to: str, is_new: bool, dry: bool) -> list[str]:
    if cluster_rules.check(settings.root, settings.major, settings.name):
        return ["owner"] if cluster.own(settings, dry) else []
    if restore_to:
        room_for(settings, repository.backups(settings))
        if not dry:
            cluster.make_from_backup(settings, restore_to)
        return ["restored"]
    known = repository.backups(settings)
    if known and not is_new:
        raise UpkeepError(
            f"the data volume is empty, and there are {len(known)} backups of {settings.name}, the newest "
            f"{known[-1].label}: nothing was made. Is another volume to be attached? To restore: "
            "ansible-playbook site.yml -e postgresql_restore_to=latest. Or "
            "begin anew, with no data: -e postgresql_start_anew=true"
        )
    if not dry:
        cluster.make(settings)
    return ["made"]
