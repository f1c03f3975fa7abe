"""The edge as a process: the HTTP API on its port, and the schedules' clock.

Start it with the stack's folder: `python -m local_stack.edge.server DIRECTORY`.
"""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path
from types import FrameType

from cheroot import wsgi

from local_stack import state as stack_state
from local_stack.edge.http_api import HttpApi
from local_stack.edge.schedules import Ticker
from local_stack.edge.services import Services

THREADS = 32


def main(directory: Path) -> None:
    """Serve until SIGTERM."""
    state = stack_state.read(directory)
    if state is None:
        raise SystemExit(f"{directory} holds no stack.json; next: make up")
    services = Services(state)
    threading.Thread(target=Ticker(services).run, daemon=True).start()
    address = (stack_state.HOST, state.port_of(state.api_url))
    server = wsgi.Server(
        address, HttpApi(services), numthreads=THREADS, request_queue_size=128, shutdown_timeout=3
    )

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    try:
        server.prepare()
        server.serve()
    except KeyboardInterrupt:
        print("edge: stopping", flush=True)
    finally:
        server.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
