"""One Lambda execution environment: a container of the stack's image that runs the deployed code.

What is as on AWS: the runtime interface client starts the handler; the code is at /var/task and read-only;
only /tmp can be written; the user is not root; initialising is not part of the function's timeout; an
environment serves one invocation at a time and is reused. What is not: the network is the machine's own, so
that a function in a VPC is not shut off from anything, unless function_network.py knows a subnet with hosts;
there is no CPU share by memory.
"""

from __future__ import annotations

import json
import queue
import subprocess
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from local_stack import podman
from local_stack.aws import function_network
from local_stack.aws.runtime_api import Answer, Event, RuntimeApi
from local_stack.state import StackState

INIT_SECONDS = (
    60.0  # AWS: 10 s; a container on a small, busy machine starts more slowly than a Firecracker VM
)
# The environment comes through stdin, so that no secret is in an argument, a file, or podman's own records.
_START = (
    "import json,os,sys; e=json.load(sys.stdin); os.chdir('/var/task');"
    "os.execve('/usr/bin/python3', ['python3', '-m', 'awslambdaric', e['_HANDLER']], e)"
)


@dataclass(frozen=True)
class FunctionSpec:
    """What an environment is made from; two equal specs can share environments."""

    arn: str
    name: str
    version: str
    code_digest: str
    handler: str
    memory_mb: int
    timeout_seconds: float
    role_arn: str
    log_group: str
    variables: tuple[tuple[str, str], ...]

    @property
    def function_arn(self) -> str:
        """The ARN without a version: what is counted for all versions together."""
        return ":".join(self.arn.split(":")[:7])


@dataclass(frozen=True)
class Outcome:
    """What an invocation came to: the payload, and whether it is an error of the function."""

    payload: bytes
    is_error: bool
    duration_ms: float
    is_environment_gone: bool = False


@dataclass
class Environment:
    """A started container with its Runtime API. Output lines go to `on_line` as they come."""

    state: StackState
    image: str
    spec: FunctionSpec
    code: Path
    credentials: dict[str, str] = field(repr=False)
    expires_at: float  # Unix time at which the credentials end
    on_line: Callable[[str], None]
    idle_since: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        """Start the container."""
        self.part = f"lambda-{uuid.uuid4().hex[:12]}"
        self.log_stream = (
            f"{time.strftime('%Y/%m/%d', time.gmtime())}/[{self.spec.version}]{uuid.uuid4().hex}"
        )
        self._api = RuntimeApi()
        self._namespace = function_network.namespace_of(self.state, self.spec.name)
        self._relay = self._relayed()
        self._process = self._start()
        threading.Thread(target=self._read_output, daemon=True).start()

    def invoke(self, request_id: str, event: bytes) -> Outcome:
        """Return what the function answers; the environment is gone after a timeout or an exit."""
        error = self._await_ready(request_id)
        if error is not None:
            return error
        started = time.monotonic()
        deadline_ms = int((time.time() + self.spec.timeout_seconds) * 1000)
        self._api.events.put(Event(request_id, event, deadline_ms, self.spec.arn))
        answer = self._await_answer(self.spec.timeout_seconds)
        duration_ms = (time.monotonic() - started) * 1000
        if isinstance(answer, Answer):
            return Outcome(answer.payload, answer.kind != "response", duration_ms)
        self.close()
        return _failure(request_id, answer, duration_ms)

    def is_alive(self) -> bool:
        """Say whether the container still runs."""
        return self._process.poll() is None

    def close(self) -> None:
        """Remove the container, in the background, and stop its Runtime API."""
        self._process.kill()
        self._api.close()
        if self._relay is not None:
            self._relay.close()
        name = self.state.container_name(self.part)
        remove = [*podman.command(), "rm", "--force", "--ignore", "--time=0", name]
        subprocess.Popen(
            remove, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def _relayed(self) -> function_network.Relay | None:
        if self._namespace is None:
            return None
        return function_network.Relay(self._namespace, int(self._api.address.rpartition(":")[2]))

    def _start(self) -> subprocess.Popen[bytes]:
        options = [
            function_network.network_option(self._namespace),
            "--rm",
            "--interactive",
            "--pull=never",
            "--log-driver=none",
            "--read-only",
            "--read-only-tmpfs=false",
            "--tmpfs=/tmp:rw,size=512m,mode=1777",
            "--user=65534:65534",
            "--cap-drop=all",
            "--security-opt=no-new-privileges",
            f"--volume={self.code}:/var/task:ro",
            *memory_options(self.spec.memory_mb),
        ]
        command = podman.run_command(
            self.state, self.part, options, self.image, ["/usr/bin/python3", "-c", _START]
        )
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=self.state.directory,
        )
        if process.stdin is not None:
            process.stdin.write(json.dumps(self._variables()).encode())
            process.stdin.close()
        return process

    def _variables(self) -> dict[str, str]:
        spec, region = self.spec, self.state.aws_region
        return {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "TZ": ":UTC",
            "HOME": "/tmp",  # noqa: S108 - the one folder that a function may write
            "PYTHONPATH": "/var/task:/opt/python:/var/runtime",
            "LAMBDA_TASK_ROOT": "/var/task",
            "LAMBDA_RUNTIME_DIR": "/var/runtime",
            "_HANDLER": spec.handler,
            "AWS_LAMBDA_RUNTIME_API": self._api.address,
            "AWS_LAMBDA_FUNCTION_NAME": spec.name,
            "AWS_LAMBDA_FUNCTION_VERSION": spec.version,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(spec.memory_mb),
            "AWS_LAMBDA_LOG_GROUP_NAME": spec.log_group,
            "AWS_LAMBDA_LOG_STREAM_NAME": self.log_stream,
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL": self.state.aws_endpoint_url,
            "AWS_ALLOW_HTTP": "true",  # obstore speaks to an http endpoint only when told so
            **self.credentials,
            **dict(spec.variables),
        }

    def _read_output(self) -> None:
        for line in self._process.stdout or ():
            self.on_line(line.decode(errors="replace").rstrip("\n"))

    def _await_ready(self, request_id: str) -> Outcome | None:
        """Return None when the handler is loaded; otherwise what went wrong. AWS's error words are kept."""
        deadline = time.monotonic() + INIT_SECONDS
        while not self._api.is_ready.wait(0.05):
            if not self._api.answers.empty():
                answer = self._api.answers.get()
                self.close()
                return Outcome(answer.payload, True, 0.0, is_environment_gone=True)
            if not self.is_alive() or time.monotonic() > deadline:
                self.close()
                return _failure(request_id, "exit", 0.0)
        return None

    def _await_answer(self, timeout_seconds: float) -> Answer | str:
        deadline = time.monotonic() + timeout_seconds
        while True:
            try:
                return self._api.answers.get(timeout=max(0.01, min(0.2, deadline - time.monotonic())))
            except queue.Empty:
                if not self.is_alive():
                    return "exit"
                if time.monotonic() > deadline:
                    return f"Task timed out after {timeout_seconds:.2f} seconds"


def _failure(request_id: str, reason: str, duration_ms: float) -> Outcome:
    is_exit = reason == "exit"
    message = "Runtime exited without providing a reason" if is_exit else reason
    document = {
        "errorType": "Runtime.ExitError" if is_exit else "Sandbox.Timedout",
        "errorMessage": f"RequestId: {request_id} Error: {message}",
    }
    return Outcome(json.dumps(document).encode(), True, duration_ms, is_environment_gone=True)


def memory_options(memory_mb: int) -> list[str]:
    """Return the memory limit, where this machine's cgroups can hold one."""
    unified = Path("/sys/fs/cgroup/cgroup.controllers")
    has_memory = Path("/sys/fs/cgroup/memory").is_dir()
    if unified.exists():
        has_memory = "memory" in unified.read_text().split()
    return [f"--memory={memory_mb}m", f"--memory-swap={memory_mb}m"] if has_memory else []
