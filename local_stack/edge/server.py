"""The edge as a process: the HTTP API and the distribution, each on its port, and the schedules' clock.

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
from local_stack.edge.cloudfront import CloudFront
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
    shop = _server(state.port_of(state.storefront_url), CloudFront(services))
    server = _server(state.port_of(state.api_url), HttpApi(services))

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    try:
        shop.prepare()
        threading.Thread(target=shop.serve, daemon=True).start()
        server.prepare()
        server.serve()
    except KeyboardInterrupt:
        print("edge: stopping", flush=True)
    finally:
        server.stop()
        shop.stop()


def _server(port: int, application: HttpApi | CloudFront) -> wsgi.Server:
    return wsgi.Server(
        (stack_state.HOST, port),
        application,
        numthreads=THREADS,
        request_queue_size=128,
        shutdown_timeout=3,
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
