"""Lets moto's Lambda run functions: `Invoke`, and moto's own triggers (S3, SNS, SQS), go to the executor."""

from __future__ import annotations

import base64
import json

from moto.awslambda.models import LambdaBackend, LambdaFunction
from moto.core.exceptions import JsonRESTError

from local_stack.aws.async_calls import rules_of
from local_stack.aws.environment import FunctionSpec
from local_stack.aws.executor import Executor, TooManyRequestsError
from local_stack.aws.gaps_functions import LATEST, settings_of_calls
from local_stack.aws.moto_types import Moto, replace_methods
from local_stack.aws.service_sessions import RoleNotAssumableError


def install(executor: Executor) -> None:
    """Put the executor in the place of moto's Docker runner."""

    def invoke(
        function: Moto,
        body: str | bytes,
        request_headers: Moto,
        response_headers: Moto,
        called: tuple[Moto, str] | None = None,
    ) -> str | bytes:
        """Answer one Invoke request, or one of moto's triggers, which send no headers.

        `called` is the draft, which alone has what is set for all versions, and the qualifier in the call.
        """
        latest, qualifier = called or (function, LATEST)
        event = body.encode() if isinstance(body, str) else bytes(body or b"")
        call = (spec_of(function), function.code_bytes, event or b"{}", latest.reserved_concurrency)
        kind = request_headers.get("X-Amz-Invocation-Type") or "RequestResponse"
        if kind == "DryRun":
            return ""
        if kind == "Event":
            executor.invoke_later(*call, rules_of(settings_of_calls(latest).get(qualifier, {})))
            return ""
        try:
            outcome, log = executor.invoke(*call)
        except TooManyRequestsError as error:
            raise _refused("TooManyRequestsException", str(error), 429) from error
        except RoleNotAssumableError as error:
            raise _refused("AccessDeniedException", str(error), 403) from error
        if outcome.is_error:
            response_headers["x-amz-function-error"] = "Unhandled"
        if request_headers.get("X-Amz-Log-Type") == "Tail":
            response_headers["x-amz-log-result"] = base64.b64encode(log.tail().encode()).decode()
        return outcome.payload

    replace_methods(LambdaFunction, invoke=invoke)
    replace_methods(LambdaBackend, invoke=_invoke_by_name)


def _invoke_by_name(backend: Moto, name: str, qualifier: str | None, *call: Moto) -> str | bytes:
    """Invoke as moto's backend does, and keep by which qualifier: settings of calls depend on it."""
    body, headers, answered = call
    in_name = name.split(":")[7:] if name.startswith("arn:") else name.split(":")[1:]
    chosen = in_name[0] if in_name else qualifier
    function = backend.get_function(name, qualifier)
    latest = backend.get_function(function.function_name)
    payload: str | bytes = function.invoke(body, headers, answered, (latest, chosen or LATEST))
    answered["Content-Length"] = str(len(payload))
    return payload


def spec_of(function: Moto) -> FunctionSpec:
    """Return what decides about a function's environments, from moto's record of it."""
    return FunctionSpec(
        arn=function.function_arn,
        name=function.function_name,
        version=str(function.version) if function.function_arn.count(":") > 6 else LATEST,
        code_digest=function.code_digest.removeprefix("sha256:"),
        handler=function.handler,
        memory_mb=int(function.memory_size or 128),
        timeout_seconds=float(function.timeout or 3),
        role_arn=function.role,
        log_group=function.logs_group_name,
        variables=tuple(sorted((function.environment_vars or {}).items())),
    )


def _refused(kind: str, message: str, status: int) -> JsonRESTError:
    error = JsonRESTError(kind, json.dumps(message)[1:-1])
    error.code = status
    return error
