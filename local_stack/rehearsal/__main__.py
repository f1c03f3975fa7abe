"""`make rehearsal`: the whole platform on this machine, by the playbooks that make it on AWS.

It runs `site.yml` on a fresh estate, first in check mode, then again to see that nothing changes, sends
events through every stage, and reads the dashboards in a browser through a forwarded port. Then the host of
the warehouse is lost, S3 goes away and the power fails while its successor is configured, and no row may be
missing. At its end stands a table of what was checked. It has a folder of its own, .local/rehearsal, and
leaves nothing but its logs.
"""

from __future__ import annotations

import argparse
import functools
import sys
import time

from local_stack.rehearsal.ground import DIRECTORY, Ground, logs_kept, prepared
from local_stack.rehearsal.report import FAILURES, Report
from local_stack.rehearsal.steps import STEPS, Rehearsal
from local_stack.state import CHECKOUT

LOGS = CHECKOUT / "build" / "rehearsal"


def say(line: str) -> None:
    """Print one line of progress at once."""
    print(line, flush=True)


def rehearse(ground: Ground, report: Report) -> None:
    """Take the steps in order; each leaves its lines in the report, and a step that fails ends it."""
    rehearsal = Rehearsal(ground, LOGS)
    for title, step in STEPS:
        report.step(title, functools.partial(step, rehearsal))
    for title, figure in rehearsal.figures.items():
        report.note(title, figure)


def main(words: list[str] | None = None) -> int:
    """Rehearse; return 0 when all was as it must be."""
    parser = argparse.ArgumentParser(prog="python -m local_stack.rehearsal", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="leave it running, to look around")
    keep = parser.parse_args(words).keep
    report, started = Report(say), time.monotonic()
    try:
        with prepared(say, keep=keep) as ground, logs_kept(ground, LOGS):
            rehearse(ground, report)
    except FAILURES as error:
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
