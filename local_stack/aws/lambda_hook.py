"""Lets moto's Lambda run functions: `Invoke`, and moto's own triggers (S3, SNS, SQS), go to the executor."""

from __future__ import annotations

import base64
import json

from moto.awslambda.models import LambdaFunction
from moto.core.exceptions import JsonRESTError

from local_stack.aws.environment import FunctionSpec
from local_stack.aws.executor import Executor, TooManyRequestsError
from local_stack.aws.moto_types import Moto, replace_methods
from local_stack.aws.service_sessions import RoleNotAssumableError


def install(executor: Executor) -> None:
    """Put the executor in the place of moto's Docker runner."""

    def invoke(
        function: Moto, body: str | bytes, request_headers: Moto, response_headers: Moto
    ) -> str | bytes:
        """Answer one Invoke request, or one of moto's triggers, which send no headers."""
        event = body.encode() if isinstance(body, str) else bytes(body or b"")
        call = (spec_of(function), function.code_bytes, event or b"{}", function.reserved_concurrency)
        kind = request_headers.get("X-Amz-Invocation-Type") or "RequestResponse"
        if kind == "DryRun":
            return ""
        if kind == "Event":
            executor.invoke_later(*call)
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


def spec_of(function: Moto) -> FunctionSpec:
    """Return what decides about a function's environments, from moto's record of it."""
    return FunctionSpec(
        arn=function.function_arn,
        name=function.function_name,
        version="$LATEST" if function.version in (1, "1") else str(function.version),
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
