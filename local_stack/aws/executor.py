"""Lambda's data plane: keeps execution environments, invokes functions, retries asynchronous invocations.

What of AWS it stands in for: warm reuse, one invocation per environment, several environments side by side,
reserved concurrency (429 above it), FunctionError `Unhandled`, asynchronous invocations (async_calls.py). It
closes moto's gap that an invocation needs Docker and one of three public images.
"""

from __future__ import annotations

import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from local_stack import podman
from local_stack.aws import async_calls, code_store
from local_stack.aws.async_calls import CallRules, FailedCall
from local_stack.aws.environment import Environment, FunctionSpec, Outcome
from local_stack.aws.function_logs import FunctionLog
from local_stack.aws.gate import Gate
from local_stack.aws.service_sessions import assume_as_lambda
from local_stack.state import StackState

SESSION_SECONDS = 6 * 3600
IDLE_SECONDS = 600.0
MOST_ENVIRONMENTS = 8  # of one function: what two cores can carry; AWS's default is 1,000 per account
WAIT_SECONDS = 120.0


class TooManyRequestsError(Exception):
    """The function's reserved concurrency is used up, or no environment came free in time."""


@dataclass
class _Slot:
    environment: Environment
    log: FunctionLog


@dataclass
class _Event:
    """An asynchronous invocation, and how often it failed."""

    spec: FunctionSpec
    archive: bytes
    event: bytes
    reserved: int | None
    rules: CallRules
    tries: int = 0
    accepted_at: float = field(default_factory=time.monotonic)


class Executor:
    """Runs functions. `invoke` may be called from many threads; it steps out of the gate while it waits."""

    def __init__(self, state: StackState, gate: Gate, store: Path) -> None:
        self._state, self._gate, self._store = state, gate, store
        self._changed = threading.Condition()
        self._idle: dict[FunctionSpec, list[_Slot]] = {}
        self._busy: dict[str, int] = {}
        self._later = ThreadPoolExecutor(max_workers=8, thread_name_prefix="lambda-event")
        self._is_closed = False
        podman.remove_all(state, "lambda-")  # what a killed server left behind
        threading.Thread(target=self._retire_idle, daemon=True).start()

    def invoke(
        self, spec: FunctionSpec, archive: bytes, event: bytes, reserved: int | None
    ) -> tuple[Outcome, FunctionLog]:
        """Return the outcome and the log of one invocation in a free environment, old or new."""
        with self._gate.stepped_out():
            self._reserve(spec.function_arn, reserved)
        try:
            slot = self._take(spec) or self._make(spec, archive)
            with self._gate.stepped_out():
                return self._run(slot, event), slot.log
        finally:
            with self._changed:
                self._busy[spec.function_arn] -= 1
                self._changed.notify_all()

    def invoke_later(
        self, spec: FunctionSpec, archive: bytes, event: bytes, reserved: int | None, rules: CallRules
    ) -> None:
        """Invoke soon, in another thread; a failed try is repeated as Lambda does."""
        call = _Event(spec, archive, event, reserved, rules)
        self._later.submit(self._try_event, call)

    def close(self) -> None:
        """Remove every environment."""
        self._is_closed = True
        self._later.shutdown(wait=False, cancel_futures=True)
        podman.remove_all(self._state, "lambda-")

    def _try_event(self, call: _Event) -> None:
        payload: bytes | None = None
        try:
            with self._gate.request():
                outcome, _ = self.invoke(call.spec, call.archive, call.event, call.reserved)
            if not outcome.is_error:
                return
            payload = outcome.payload
        except TooManyRequestsError:
            self._try_again(call, async_calls.BUSY_DELAY_SECONDS)
            return
        except Exception as error:  # whatever stopped it, Lambda tries again
            payload = repr(error).encode()
        call.tries += 1
        if call.tries <= call.rules.retries:
            self._try_again(call, async_calls.RETRY_DELAYS_SECONDS[call.tries - 1], payload)
        else:
            self._give_up(call, payload)

    def _try_again(self, call: _Event, delay_seconds: float, payload: bytes | None = None) -> None:
        """Try once more later, unless the event is too old by then."""
        if time.monotonic() + delay_seconds > call.accepted_at + call.rules.oldest_seconds:
            self._give_up(call, payload)
        elif not self._is_closed:
            timer = threading.Timer(delay_seconds, self._try_event, (call,))
            timer.daemon = True
            timer.start()

    def _give_up(self, call: _Event, payload: bytes | None) -> None:
        reason = "it stayed busy" if payload is None else payload.decode(errors="replace")
        print(f"lambda: {call.spec.name}: event given up after {call.tries} tries: {reason}", flush=True)
        if call.rules.on_failure_arn:
            failed = FailedCall(call.spec, call.event, call.tries, payload)
            async_calls.deliver(self._state, self._gate, failed, call.rules.on_failure_arn)

    def _reserve(self, arn: str, reserved: int | None) -> None:
        """Count this invocation in, or refuse it as AWS does above the reserved concurrency."""
        with self._changed:
            if reserved is not None and self._busy.get(arn, 0) >= reserved:
                raise TooManyRequestsError("Rate Exceeded.")
            is_free = self._changed.wait_for(lambda: self._busy.get(arn, 0) < MOST_ENVIRONMENTS, WAIT_SECONDS)
            if not is_free:
                raise TooManyRequestsError(f"all {MOST_ENVIRONMENTS} local environments stayed busy")
            self._busy[arn] = self._busy.get(arn, 0) + 1

    def _take(self, spec: FunctionSpec) -> _Slot | None:
        """Return a warm environment of exactly this code and configuration; older ones are retired."""
        with self._changed:
            for old in [other for other in self._idle if other.arn == spec.arn and other != spec]:
                _close_all(self._idle.pop(old))
            while slots := self._idle.get(spec):
                slot = slots.pop()
                has_time = slot.environment.expires_at > time.time() + spec.timeout_seconds + 60
                if slot.environment.is_alive() and has_time:
                    return slot
                slot.environment.close()
        return None

    def _make(self, spec: FunctionSpec, archive: bytes) -> _Slot:
        session = assume_as_lambda(
            self._state.aws_region, spec.role_arn, spec.name, spec.arn, SESSION_SECONDS
        )
        log = FunctionLog(
            self._gate, self._state.aws_region, spec.log_group, spec.role_arn.rpartition("/")[2]
        )
        with self._gate.stepped_out():
            code = code_store.unpacked(self._store, spec.code_digest, archive)
            environment = Environment(
                self._state, self._state.image, spec, code, session.environment(), session.expires_at, log.add
            )
        log.stream = environment.log_stream
        return _Slot(environment, log)

    def _run(self, slot: _Slot, event: bytes) -> Outcome:
        request_id = str(uuid.uuid4())
        slot.log.begin(request_id, slot.environment.spec.version)
        outcome = slot.environment.invoke(request_id, event)
        if outcome.is_environment_gone:  # the runtime itself writes about errors that it lived to see
            slot.log.add(outcome.payload.decode(errors="replace"))
        slot.log.finish(request_id, outcome.duration_ms, slot.environment.spec.memory_mb)
        if not outcome.is_environment_gone:
            slot.environment.idle_since = time.monotonic()
            with self._changed:
                self._idle.setdefault(slot.environment.spec, []).append(slot)
        return outcome

    def _retire_idle(self) -> None:
        while not self._is_closed:
            time.sleep(30)
            oldest = time.monotonic() - IDLE_SECONDS
            with self._changed:
                for spec, slots in list(self._idle.items()):
                    _close_all([slot for slot in slots if slot.environment.idle_since < oldest])
                    kept = [slot for slot in slots if slot.environment.idle_since >= oldest]
                    self._idle[spec] = kept
                    if not kept:
                        del self._idle[spec]


def _close_all(slots: list[_Slot]) -> None:
    for slot in slots:
        slot.environment.close()
