"""Writes a function's output to its log group, as Lambda does: only when the role may."""

from __future__ import annotations

import threading
import time

from moto.logs.models import logs_backends

from local_stack.aws import embedded_metrics, iam_engine
from local_stack.aws.gate import Gate
from local_stack.aws.identity import role_documents
from local_stack.aws.moto_types import Moto
from local_stack.state import ACCOUNT_ID

FLUSH_SECONDS = 1.0
SETTLE_SECONDS = 0.15  # the last lines of an invocation come through the container's pipe a moment after it


class FunctionLog:
    """One log stream. Lines are kept for `tail` and written to the group at most once a second."""

    def __init__(self, gate: Gate, region: str, group: str, role_name: str) -> None:
        self._gate, self._region, self._group, self._role = gate, region, group, role_name
        self.stream = ""
        self._lock = threading.Lock()
        self._waiting: list[dict[str, object]] = []
        self._recent: list[str] = []
        self._flushed_at = time.monotonic()

    def add(self, line: str) -> None:
        """Take one line of output."""
        with self._lock:
            self._waiting.append({"timestamp": int(time.time() * 1000), "message": line})
            self._recent = [*self._recent[-200:], line]
        if time.monotonic() - self._flushed_at > FLUSH_SECONDS:
            self.flush()

    def begin(self, request_id: str, version: str) -> None:
        """Mark the start of an invocation."""
        self._recent = []
        self.add(f"START RequestId: {request_id} Version: {version}")

    def finish(self, request_id: str, duration_ms: float, memory_mb: int) -> None:
        """Mark the end of an invocation, after its last lines had time to arrive."""

        def write() -> None:
            self.add(f"END RequestId: {request_id}")
            self.add(
                f"REPORT RequestId: {request_id}\tDuration: {duration_ms:.2f} ms\t"
                f"Billed Duration: {duration_ms:.0f} ms\tMemory Size: {memory_mb} MB"
            )
            self.flush()

        threading.Timer(SETTLE_SECONDS, write).start()

    def tail(self) -> str:
        """Return the last 4 KiB of the current invocation's lines, as `LogType=Tail` does."""
        time.sleep(SETTLE_SECONDS)
        return "\n".join(self._recent)[-4096:]

    def flush(self) -> None:
        """Write what waits, if the role allows it; otherwise the lines are gone, as on AWS."""
        with self._lock:
            lines, self._waiting = self._waiting, []
            self._flushed_at = time.monotonic()
        if lines:
            with self._gate.request():
                self._write(lines)

    def _write(self, lines: list[dict[str, object]]) -> None:
        backend: Moto = logs_backends[ACCOUNT_ID][self._region]
        if self._group not in backend.groups:
            if not self._may("CreateLogGroup"):
                return
            backend.create_log_group(self._group, {})
        if not (self._may("CreateLogStream") and self._may("PutLogEvents")):
            return
        if self.stream not in backend.groups[self._group].streams:
            backend.create_log_stream(self._group, self.stream)
        backend.put_log_events(self._group, self.stream, lines)
        embedded_metrics.publish((str(line["message"]) for line in lines), self._region)

    def _may(self, operation: str) -> bool:
        arn = f"arn:aws:logs:{self._region}:{ACCOUNT_ID}:log-group:{self._group}:log-stream:{self.stream}"
        request = iam_engine.Request(f"logs:{operation}", arn, {"aws:securetransport": "true"})
        try:
            documents = role_documents(self._role)
        except Exception:  # the role was deleted while its function ran
            return False
        return iam_engine.evaluate(documents, request) == "Allow"
