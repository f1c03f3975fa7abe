"""A process that has loaded the ETL and runs it in a child of its own for each order.

An order is a line of JSON on standard input; the answer is a line. `{"wait": pid}` answers how that child
ended, as `os.waitpid` has it; every other order is a `tests.faults.runs.Order` and answers the child's pid.
This process itself never calls S3 or PostgreSQL: their threads and connections don't survive a fork.
"""

import json
import os
import signal
import sys
import traceback
from functools import partial
from typing import Any

import pytest
from contract.bucket import open_bucket
from etl import handler, run
from etl.errors import TransientError
from etl.plan import groups

from tests.faults.runs import FAILED, LOADED, WAITS, Order
from tests.warehouse.pipeline import TimeLeft


class Asked(TimeLeft):
    """Lambda's context object: time enough for so many questions, none for those after."""

    left: int

    def get_remaining_time_in_millis(self) -> int:
        self.left -= 1
        return 900_000 if self.left >= 0 else 0


def main() -> None:
    for line in sys.stdin:
        order: dict[str, Any] = json.loads(line)
        if "wait" in order:
            answer = os.waitpid(order["wait"], 0)[1]
        else:
            answer = os.fork()
            if answer == 0:
                _live(Order(**order))
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()


def _live(order: Order) -> None:
    """Run the ETL once and end with an exit code that says what came of it."""
    signal.alarm(order.seconds_limit)
    os.environ.update(order.environment)
    log = os.open(order.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for descriptor in (1, 2):
        os.dup2(log, descriptor)
    patch = pytest.MonkeyPatch()
    most = order.max_batch_bytes
    patch.setattr(run, "groups", partial(groups, max_bytes=2 * most, max_batch_bytes=most))
    # impatient: a test has not the minutes that a request may take on AWS
    patch.setattr(handler, "open_bucket", lambda name, **_: open_bucket(name, 1, order.max_retries))
    context = Asked()
    context.left = order.questions
    code = FAILED
    try:
        handler.handler(order.request, context)
        code = LOADED
    except TransientError as error:
        code = WAITS
        sys.stdout.write(f"TransientError: {error}\n")
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
