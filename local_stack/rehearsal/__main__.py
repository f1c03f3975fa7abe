"""`make rehearsal`: the whole platform on this machine, by the playbooks that make it on AWS.

It runs `site.yml` on a fresh estate, first in check mode, then again to see that nothing changes, sends
events through every stage, and reads the dashboards in a browser through a forwarded port. At its end stands
a table of what was checked. It has a folder of its own, .local/rehearsal, and leaves nothing but its logs.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time

from local_stack.errors import StackError
from local_stack.rehearsal import browser, traffic
from local_stack.rehearsal.ground import DIRECTORY, Ground, prepared
from local_stack.rehearsal.playbook import Run
from local_stack.rehearsal.report import Report
from local_stack.state import CHECKOUT

LOGS = CHECKOUT / "build" / "rehearsal"
SITE = "site.yml"


def say(line: str) -> None:
    """Print one line of progress at once."""
    print(line, flush=True)


def rehearse(ground: Ground, report: Report) -> None:
    """Take the steps in order; each leaves its lines in the report, and a step that fails ends it."""
    report.step("a fresh estate is planned, and nothing is made", lambda: _fresh(ground))
    first = report.step("site.yml makes the whole estate", lambda: _first(ground))
    report.step("site.yml again changes nothing", lambda: _again(ground, report))
    report.step("a configured estate is planned: nothing to do", lambda: _planned(ground))
    report.step("events go in at the API", lambda: traffic.send(ground))
    report.step("the ETL loads the warehouse on its host", lambda: traffic.load(ground))
    report.step("every event is accounted for", lambda: _accounted(ground))
    report.step("a browser reads the dashboards", lambda: _read(ground))
    report.note("egress attempts blocked", _blocked(first))


def _fresh(ground: Ground) -> str:
    run = _succeeded(ground.playbook(SITE, "--check", "--diff", log="1-check-fresh"))
    _must("runs yet" in run.output, "it must be said that there are no hosts yet")
    _must(not ground.instances(), "check mode must make no host")
    return f"{run.seconds:.0f} s"


_runs: list[Run] = []


def _first(ground: Ground) -> str:
    run = _succeeded(ground.playbook(SITE, log="2-first"))
    _must(len(run.recaps) == 4, "three hosts and the control machine must be in the recap")
    _runs.append(run)
    return _figures(run)


def _again(ground: Ground, report: Report) -> str:
    run = _succeeded(ground.playbook(SITE, log="3-second"))
    _must(run.changed == 0, f"nothing may change, but: {run.recaps}")
    report.note("seconds per task on hosts", f"{run.seconds_per_task:.1f}")
    return _figures(run)


def _planned(ground: Ground) -> str:
    run = _succeeded(ground.playbook(SITE, "--check", "--diff", log="4-check-configured"))
    _must(run.changed == 0, f"check mode must see nothing to do, but: {run.recaps}")
    return _figures(run)


def _accounted(ground: Ground) -> str:
    found = traffic.account(ground)
    _must(found.is_balanced and found.loaded > 0, f"the account must balance: {found}")
    return f"{found.stored:,} stored = {found.loaded:,} loaded + {found.rejected} + {found.duplicates}"


def _read(ground: Ground) -> str:
    seen = browser.look(ground, LOGS / "dashboards.png")
    people = "select sum(sessions_count) from mart.traffic_hourly where not is_bot"
    sessions = f"{int(traffic.ask(ground, people)):,}"
    _must(seen.problems == (), f"the page must be clean: {seen.problems}")
    _must(seen.numbers["sessions"] == sessions, f"{seen.numbers} must show {sessions} sessions")
    return ", ".join(f"{number} {name}" for name, number in seen.numbers.items())


def _blocked(_first: str) -> str:
    output = _runs[0].output
    return f"{output.count('ok     no way out')} of {output.count(' no way out to ')}"


def _figures(run: Run) -> str:
    tasks = len(run.task_seconds)
    return f"{run.seconds / 60:.1f} min, {run.changed} changed, {tasks} tasks at {run.seconds_per_task:.1f} s"


def _succeeded(run: Run) -> Run:
    _must(run.code == 0, "it must succeed; its end:\n" + "\n".join(run.output.splitlines()[-40:]))
    return run


def _must(is_so: bool, problem: str) -> None:
    if not is_so:
        raise RuntimeError(problem)


def main(words: list[str] | None = None) -> int:
    """Rehearse; return 0 when all was as it must be."""
    parser = argparse.ArgumentParser(prog="python -m local_stack.rehearsal", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="leave it running, to look around")
    keep = parser.parse_args(words).keep
    LOGS.mkdir(parents=True, exist_ok=True)
    report, started = Report(say), time.monotonic()
    try:
        with prepared(say, keep=keep) as ground:
            try:
                rehearse(ground, report)
            finally:
                for log in ground.state.log_directory.glob("*.log"):
                    shutil.copy(log, LOGS)
    except (StackError, RuntimeError) as error:
        report.fail(str(error))
    say(report.table())
    minutes = (time.monotonic() - started) / 60
    verdict = "all is well" if report.is_well else "NOT WELL"
    say(f"rehearsal: {verdict} after {minutes:.1f} min; logs are in {LOGS}")
    if keep:
        say(f"it still runs; its settings are {DIRECTORY}/platform.yml")
    return 0 if report.is_well else 1


if __name__ == "__main__":
    sys.exit(main())
