"""Serves an estate until it is stopped: `python -m local_stack.hosts.gateway.serve SETTINGS`."""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path

from local_stack.hosts.gateway import metadata, names, s3_front, settings


def main(path: Path) -> None:
    """Every server listens, then the line `ready` is printed."""
    told = settings.read(path)
    servers = [s3_front.server(told), *names.servers(told), metadata.server(told)]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    print("ready", flush=True)
    signal.sigwait({signal.SIGTERM, signal.SIGINT})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
