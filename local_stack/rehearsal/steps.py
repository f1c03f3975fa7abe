"""What a rehearsal does and what must be so afterwards, a function a step; each returns what was found.

A step that does not find what must be raises RuntimeError, with what it saw.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from local_stack.rehearsal import browser, faults, traffic
from local_stack.rehearsal.ground import ENVIRONMENT, Ground
from local_stack.rehearsal.playbook import Recap, Run

SITE = "site.yml"
CONFIGURE = "playbooks/configure-hosts.yml"
BACKUP, RESTORE = "playbooks/backup-database.yml", "playbooks/restore-database.yml"
HOST = "warehouse"  # the one that is lost
PEOPLE = "select sum(sessions_count) from mart.traffic_hourly where not is_bot"


@dataclass
class Rehearsal:
    """The ground, and what one step leaves for a later one."""

    ground: Ground
    logs: Path
    figures: dict[str, str] = field(default_factory=dict)
    _checksums: dict[str, str] = field(default_factory=dict, repr=False)

    def fresh_estate_is_planned(self) -> str:
        """Check mode says what would be made, and makes nothing."""
        run = _succeeded(self.ground.playbook(SITE, "--check", "--diff", log="1-check-fresh"))
        _must("runs yet" in run.output, "it must be said that there are no hosts yet")
        _must(not self.ground.instances(), "check mode must make no host")
        return f"{run.seconds:.0f} s"

    def estate_is_made(self) -> str:
        """One run makes everything; the hosts find no way out."""
        run = _succeeded(self.ground.playbook(SITE, log="2-first"))
        _must(len(run.recaps) == 4, "three hosts and the control machine must be in the recap")
        tried, blocked = run.output.count(" no way out to "), run.output.count("ok     no way out to ")
        _must(0 < tried == blocked, f"every attempt to get out must be blocked: {blocked} of {tried}")
        self.figures["egress attempts blocked"] = f"{blocked} of {tried}"
        return _figures(run)

    def wrong_variable_is_refused(self) -> str:
        """A variable that does not fit its role is named, on every host, before any role begins."""
        wrong = ("-e", '{"base_inbound": "everybody"}')
        run = self.ground.playbook(CONFIGURE, *wrong, log="3-wrong-variable")
        _must(run.code != 0 and "base_inbound" in run.output, f"base_inbound must be named: {_end(run)}")
        _must("TASK [base : " not in run.output and run.changed == 0, "no role may have begun")
        return f"refused after {run.seconds:.0f} s"

    def nothing_changes(self) -> str:
        """The same run again changes nothing."""
        run = _unchanged(self.ground.playbook(SITE, log="4-second"))
        self.figures["seconds per task that changes nothing"] = f"{run.seconds_per_task:.1f}"
        return _figures(run)

    def events_go_in(self) -> str:
        """A shop's day of events is accepted by the API; return what the sender says."""
        return traffic.send(self.ground)

    def warehouse_is_loaded(self) -> str:
        """The function finds the warehouse on its host, and loads; every stored event is accounted for."""
        traffic.load(self.ground)
        found = traffic.account(self.ground)
        _must(found.is_balanced and found.loaded > 0, f"the account must balance: {found}")
        return f"{found.stored:,} stored = {found.loaded:,} loaded + {found.rejected} + {found.duplicates}"

    def dashboards_are_read(self) -> str:
        """A browser shows what the warehouse holds, through a forwarded port."""
        seen = browser.look(self.ground, self.logs / "dashboards.png")
        sessions = f"{int(traffic.ask(self.ground, PEOPLE)):,}"
        _must(seen.problems == (), f"the page must be clean: {seen.problems}")
        _must(seen.numbers["sessions"] == sessions, f"{seen.numbers} must show {sessions} sessions")
        return ", ".join(f"{number} {name}" for name, number in seen.numbers.items())

    def host_is_lost(self) -> str:
        """The warehouse's instance is no more; its volume is."""
        self._checksums = traffic.checksums(self.ground)
        left = faults.lose_host(self.ground, HOST)
        _must(len(left) == 1, f"its data volume alone must be left: {left}")
        return f"{left[0]} is left, with {len(self._checksums)} tables"

    def s3_goes_away(self) -> str:
        """The new instance can't install: the run stops, says why and what to do, and no other host fails."""
        run = faults.run_without_s3(self.ground, HOST, "base : Install the packages", "5-without-s3")
        _must(run.code != 0, "a host without packages can't be called configured")
        _must(
            "through the VPC's S3 endpoint alone. Next:" in run.output, f"the cause is missing: {_end(run)}"
        )
        _must(_recap(run, HOST).failed == 1, f"one task of the host must fail: {run.recaps}")
        _others_are_well(run)
        return f"stopped with what to do next after {run.seconds:.0f} s"

    def power_fails(self) -> str:
        """The host loses its power in the middle of an installation, and boots again when the run is over."""
        task = "postgresql : Install PostgreSQL, pgaudit and pgBackRest"
        run = faults.run_with_power_cut(self.ground, HOST, task, "6-power-cut")
        _must(run.code != 0, "a host that went away can't be called configured")
        found = _recap(run, HOST)
        _must(found.unreachable + found.failed == 1, f"the host must be named in the recap: {run.recaps}")
        _others_are_well(run)
        return f"named as lost after {run.seconds:.0f} s"

    def host_is_completed(self) -> str:
        """One more run completes the host, on its old volume: every row is there as it was."""
        run = _succeeded(self.ground.playbook(SITE, log="7-completed"))
        return f"{_figures(run)}; {self._all_is_there()}"

    def backup_is_made(self) -> str:
        """All is in S3: a full backup, and the log of what came after it."""
        backup = _succeeded(self.ground.playbook(BACKUP, "--limit", HOST, log="8-backup"))
        backed_up = traffic.checksums(self.ground)
        traffic.send(self.ground)
        said = traffic.load(self.ground)
        _must(" 0 loaded" in said, f"what was sent again must not count again: {said}")
        traffic.archive(self.ground)
        self._checksums = traffic.checksums(self.ground)
        _must(
            self._checksums != backed_up, "something must have been written after the backup: the ETL's run"
        )
        return f"{backup.seconds:.0f} s, and all of the log until now"

    def database_is_put_back(self) -> str:
        """The runbook restores the database in its place: every row is there as it was."""
        named = ("-e", f"restore_host={HOST}", "-e", f"restore_environment_name={ENVIRONMENT}")
        run = _succeeded(self.ground.playbook(RESTORE, *named, log="9-put-back"))
        return f"{run.seconds:.0f} s; {self._all_is_there()}"

    def host_and_volume_are_lost(self) -> str:
        """One run makes both anew from the backup and the log: every row is there as it was."""
        faults.lose_volumes(self.ground, faults.lose_host(self.ground, HOST))
        run = _succeeded(self.ground.playbook(SITE, "-e", "postgresql_restore_to=latest", log="10-restored"))
        return f"{_figures(run)}; {self._all_is_there()}"

    def _all_is_there(self) -> str:
        found, wanted = traffic.checksums(self.ground), self._checksums
        differ = sorted(name for name in found.keys() | wanted if found.get(name) != wanted.get(name))
        _must(not differ, f"tables that are not as they were: {', '.join(differ)}")
        return f"{len(found)} tables as they were"

    def nothing_is_planned(self) -> str:
        """Check mode on the configured estate sees nothing to do."""
        return _figures(
            _unchanged(self.ground.playbook(SITE, "--check", "--diff", log="11-check-configured"))
        )


STEPS = (
    ("a fresh estate is planned, and nothing is made", Rehearsal.fresh_estate_is_planned),
    ("site.yml makes the whole estate", Rehearsal.estate_is_made),
    ("a wrong variable is refused before anything is touched", Rehearsal.wrong_variable_is_refused),
    ("site.yml again changes nothing", Rehearsal.nothing_changes),
    ("events go in at the API", Rehearsal.events_go_in),
    ("the ETL loads the warehouse, every event is accounted for", Rehearsal.warehouse_is_loaded),
    ("a browser reads the dashboards", Rehearsal.dashboards_are_read),
    ("the warehouse's host is lost, its volume is not", Rehearsal.host_is_lost),
    ("S3 goes away while the new host installs", Rehearsal.s3_goes_away),
    ("the power fails while it installs", Rehearsal.power_fails),
    ("site.yml completes it, and all rows are there", Rehearsal.host_is_completed),
    ("a backup is made, and events are sent again", Rehearsal.backup_is_made),
    ("the database is put back from S3", Rehearsal.database_is_put_back),
    ("host and volume are lost, and restored from S3", Rehearsal.host_and_volume_are_lost),
    ("a configured estate is planned: nothing to do", Rehearsal.nothing_is_planned),
    ("a browser reads the dashboards again", Rehearsal.dashboards_are_read),
)


def _recap(run: Run, role: str) -> Recap:
    found = [recap for host, recap in run.recaps.items() if host.endswith(f"-{role}")]
    _must(len(found) == 1, f"{role} must be in the recap once: {run.recaps}")
    return found[0]


def _others_are_well(run: Run) -> None:
    others = {host: recap for host, recap in run.recaps.items() if not host.endswith(f"-{HOST}")}
    bad = {host: recap for host, recap in others.items() if recap.failed or recap.unreachable}
    _must(bool(others) and not bad, f"other hosts must not suffer: {bad}")


def _figures(run: Run) -> str:
    tasks = len(run.task_seconds)
    return f"{run.seconds / 60:.1f} min, {run.changed} changed, {tasks} tasks at {run.seconds_per_task:.1f} s"


def _unchanged(run: Run) -> Run:
    _succeeded(run)
    _must(run.changed == 0, f"nothing may change, but: {run.recaps}")
    return run


def _succeeded(run: Run) -> Run:
    _must(run.code == 0, f"it must succeed; its end:\n{_end(run)}")
    return run


def _end(run: Run) -> str:
    return "\n".join(run.output.splitlines()[-40:])


def _must(is_so: bool, problem: str) -> None:
    if not is_so:
        raise RuntimeError(problem)
