"""The emulated AWS API as a process: moto behind cheroot, IAM enforced, state kept over restarts.

cheroot speaks HTTP/1.1 with keep-alive; moto's own server closes connections in ways that AWS SDKs and
pgBackRest do not expect. Start it with the stack's folder: `python -m local_stack.aws.server DIRECTORY`.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from types import FrameType
from typing import Any

os.environ |= {
    "INITIAL_NO_AUTH_ACTION_COUNT": "0",
    "MOTO_ACCOUNT_ID": "123456789012",
    "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",  # the default set makes describe_images take 20 s
    "DISABLE_GLOBAL_CORS": "true",
}

from cheroot import wsgi
from moto.cloudfront.models import cloudfront_backends
from moto.cognitoidp.models import cognitoidp_backends
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from local_stack import state as stack_state
from local_stack.aws import gaps, gaps_sessions, iam_hook, lambda_hook, snapshot
from local_stack.aws.executor import Executor
from local_stack.aws.gate import Gate
from local_stack.aws.moto_types import Moto
from local_stack.aws.users import ensure_users
from local_stack.aws.vpc_door import VpcDoor
from local_stack.aws.vpc_paths import SOURCE_VARIABLE
from local_stack.names import on_this_machine
from local_stack.sign_in import door as sign_in

SAVE_SECONDS = 60.0
HEALTH_PATH = "/_local/health"
THREADS = 48  # a running function holds one, and makes requests that need others
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class AwsServer:
    """moto as a WSGI application, with a gate for snapshots."""

    def __init__(self, state: stack_state.StackState) -> None:
        self.state = state
        self.gate = Gate()
        self.folder = state.directory / "aws"
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._is_changed = threading.Event()
        self._saving = threading.Lock()

    def start(self) -> None:
        """Bring back the kept state, fill moto's gaps, and make sure of the operator."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        gaps.install()
        iam_hook.install(self._is_changed.set)
        was_kept = snapshot.read(self.folder)
        ensure_users(self.state)
        self.executor = Executor(self.state, self.gate, self.folder / "code")
        lambda_hook.install(self.executor)
        print(f"aws: {'state brought back' if was_kept else 'new and empty'}", flush=True)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request; moto's own control paths (reset, and so on) are closed."""
        path = environ["PATH_INFO"]
        environ.pop(SOURCE_VARIABLE, None)  # only the VPC's door may say that a host asks
        if path == HEALTH_PATH:
            start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "3")])
            return [b"ok\n"]
        if path.startswith(gaps_sessions.SESSIONS_PATH):
            return self._admit_to_session(environ, start_response)
        if path.startswith("/moto-api"):
            start_response("404 Not Found", [("Content-Length", "0")])
            return [b""]
        return self.answer(environ, start_response)

    def answer(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request to AWS."""
        environ["RAW_URI"] = environ["REQUEST_URI"]  # the path as it was signed
        with self.gate.request():
            return list(self._moto(environ, start_response))

    def sign_in_door(self) -> sign_in.SignInDoor:
        """Return the user pools' sign-in page, which shares their accounts."""
        state = self.state
        return sign_in.SignInDoor(
            cognitoidp_backends[state.aws_account_id][state.aws_region],
            on_this_machine=lambda url: on_this_machine(state, url, self._shop_domains()),
            turn=self.gate.request,
            on_change=self._is_changed.set,
        )

    def _shop_domains(self) -> list[str]:
        """Return the names that distributions have besides their own."""
        found: Moto = cloudfront_backends[self.state.aws_account_id]["global"]
        lists = [one.distribution_config.Aliases for one in list(found.distributions.values())]
        return [name for listed in lists for name in listed.get("Items") or ()]

    def _admit_to_session(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Tell who holds a session's token where it leads; 403 for all others."""
        session_id = environ["PATH_INFO"].removeprefix(gaps_sessions.SESSIONS_PATH)
        found = gaps_sessions.admit(session_id, environ.get("HTTP_X_SESSION_TOKEN", ""))
        body = json.dumps(found).encode() if found else b""
        start_response("200 OK" if found else "403 Forbidden", [("Content-Length", str(len(body)))])
        return [body]

    def save(self) -> None:
        """Write a snapshot if a call has written since the last one."""
        with self._saving:
            if not self._is_changed.is_set():
                return
            started = time.monotonic()
            with self.gate.closed(timeout_seconds=10.0) as is_empty:
                if not is_empty:
                    print("aws: busy, state not saved; trying again in a minute", flush=True)
                    return
                self._is_changed.clear()
                document, blobs = snapshot.dump()
            held_seconds = time.monotonic() - started
            snapshot.write(self.folder, document, blobs)
            took_seconds = time.monotonic() - started
            print(
                f"aws: saved {len(document)} B and {len(blobs)} large bodies in {took_seconds:.2f} s, "
                f"requests held {held_seconds:.2f} s",
                flush=True,
            )

    def save_each_minute(self) -> None:
        """Save for as long as the process lives."""
        while True:
            time.sleep(SAVE_SECONDS)
            try:
                self.save()
            except Exception as error:
                print(f"aws: state not saved: {error!r}", flush=True)


def main(directory: Path) -> None:
    """Serve until SIGTERM, then save."""
    state = stack_state.read(directory)
    if state is None:
        raise SystemExit(f"{directory} holds no stack.json; next: make up")
    app = AwsServer(state)
    app.start()
    address = (stack_state.HOST, state.port_of(state.aws_endpoint_url))
    server = wsgi.Server(
        address, app, numthreads=THREADS, request_queue_size=128, timeout=120, shutdown_timeout=3
    )

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    threading.Thread(target=app.save_each_minute, daemon=True).start()
    doors = [
        VpcDoor(state.aws_region, app.answer).serve(),
        sign_in.serve(app.sign_in_door(), state.port_of(state.sign_in_url)),
    ]
    try:
        server.prepare()
        server.serve()
    except KeyboardInterrupt:
        print("aws: stopping", flush=True)
    finally:
        server.stop()
        for door in doors:
            door.stop()
        app.executor.close()
        app.save()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
