"""Writes a stage's access log to its log group, in the background, in the stage's own format."""

from __future__ import annotations

import queue
import re
import threading
import time
import uuid
from collections.abc import Mapping

from botocore.exceptions import BotoCoreError, ClientError

from local_stack.edge.services import Services


class AccessLog:
    """Lines wait in memory for at most a second; a group that is not there is said once in our own log."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._lines: queue.Queue[tuple[str, int, str]] = queue.Queue(maxsize=10_000)
        self._streams: dict[str, str] = {}
        threading.Thread(target=self._write, daemon=True).start()

    def add(self, settings: Mapping[str, str] | None, context: Mapping[str, object]) -> None:
        """Take one request, if the stage has an access log."""
        if settings and settings.get("DestinationArn"):
            group = settings["DestinationArn"].partition(":log-group:")[2].removesuffix(":*")
            line = line_of(settings.get("Format", "$context.requestId"), context)
            self._lines.put_nowait((group, int(time.time() * 1000), line))

    def _write(self) -> None:
        while True:
            batch = [self._lines.get()]
            time.sleep(0.2)
            while not self._lines.empty() and len(batch) < 1000:
                batch.append(self._lines.get_nowait())
            for group in {entry[0] for entry in batch}:
                events = [{"timestamp": at, "message": line} for name, at, line in batch if name == group]
                try:
                    self._put(group, events)
                except (BotoCoreError, ClientError) as error:
                    print(f"edge: access log {group}: {error}", flush=True)

    def _put(self, group: str, events: list[dict[str, object]]) -> None:
        logs = self._services.client("logs")
        if group not in self._streams:
            stream = uuid.uuid4().hex
            logs.create_log_stream(logGroupName=group, logStreamName=stream)
            self._streams[group] = stream
        logs.put_log_events(logGroupName=group, logStreamName=self._streams[group], logEvents=events)


def line_of(template: str, context: Mapping[str, object]) -> str:
    """Return the log line: each `$context.name` replaced by its value, or by a dash."""
    return re.sub(r"\$context\.([\w.]+)", lambda match: str(context.get(match[1], "-")), template)
