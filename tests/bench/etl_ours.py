"""One run of the function, as Lambda calls it, in a process that is measured.

python -m tests.bench.etl_ours RESULT.json SERVER_PID FROM_DATE TO_DATE
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from etl.handler import handler

from tests.bench.etl_stages import Meter, count_stages, replace
from tests.bench.server_time import own_seconds, pid_of_backend


class _Hours:
    """Lambda's context object, with time enough."""

    function_name = "bench-etl"

    def get_remaining_time_in_millis(self) -> int:
        return 24 * 3_600_000


def peak_rss_bytes() -> int:
    """Return the most memory that this process had; rusage would count what its parent had before it."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


def main() -> None:
    """Run the handler for the dates, and write what it answered and what its stages used."""
    result, server_pid, from_date, to_date = sys.argv[1:]
    meter = Meter()

    def watched(connect: Callable[..., Any]) -> Callable[..., Any]:
        def connecting(*arguments: object) -> object:
            connection = connect(*arguments)
            pid = pid_of_backend(int(server_pid), connection.info.backend_pid)
            meter.server_seconds = lambda: own_seconds(pid)
            return connection

        return connecting

    replace("etl.handler:connect", watched)
    count_stages(meter)
    answer = handler({"from_date": from_date, "to_date": to_date}, _Hours())
    meter.lose_server()  # the connection is closed by now
    meter.settle()
    figures = {
        "answer": answer,
        "ours": meter.ours,
        "servers": meter.servers,
        "peak_rss_bytes": peak_rss_bytes(),
    }
    Path(result).write_text(json.dumps(figures), encoding="utf-8")


if __name__ == "__main__":
    main()
