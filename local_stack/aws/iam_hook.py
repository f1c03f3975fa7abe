"""Puts the IAM engine in moto's place: every signed request is checked, always.

What it closes in moto 5.2.5: resource ARNs exist for four services only; condition operators other than
StringEquals count as met; bucket policy conditions are ignored, so that the usual "deny without TLS" locks
everyone out; REST-JSON GET requests always fail their signature; no boundaries, no PassRole.

Loopback counts as TLS (`aws:SecureTransport` is true): the emulator has no certificate, and nothing leaves
the machine. Presigned URLs and anonymous requests are refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from moto.core.authorization import ActionAuthenticatorMixin
from moto.core.exceptions import (
    AccessDeniedError,
    InvalidClientTokenIdError,
    JsonRESTError,
    SignatureDoesNotMatchError,
)
from moto.iam.access_control import IAMRequest, PermissionResult, S3IAMRequest
from moto.s3.exceptions import S3AccessDeniedError
from moto.s3.models import FakeBucket, s3_backends
from moto.sts.models import sts_backends

from local_stack.aws import iam_delivery, iam_ec2, iam_engine, iam_resources, vpc_paths
from local_stack.aws.identity import Caller, caller_of, trust_of
from local_stack.aws.moto_types import Moto, replace_methods
from local_stack.state import ACCOUNT_ID

SERVICE_HEADER = "X-Local-Service"  # which AWS service the `aws-services` identity speaks for
SOURCE_HEADER = "X-Local-Source-Arn"
_READING = re.compile(r"(Get|List|Describe|Head|Lookup|Filter|Simulate|Assume|GET)")
_PASS_ROLE = {
    "ec2:AssociateIamInstanceProfile": "ec2.amazonaws.com",
    "ec2:ReplaceIamInstanceProfileAssociation": "ec2.amazonaws.com",
    "ec2:RunInstances": "ec2.amazonaws.com",
    "iam:AddRoleToInstanceProfile": "ec2.amazonaws.com",
    "ec2:CreateFlowLogs": "vpc-flow-logs.amazonaws.com",
    "lambda:CreateFunction": "lambda.amazonaws.com",
    "lambda:UpdateFunctionConfiguration": "lambda.amazonaws.com",
    "scheduler:CreateSchedule": "scheduler.amazonaws.com",
    "scheduler:UpdateSchedule": "scheduler.amazonaws.com",
}


@dataclass(frozen=True)
class Question:
    """One permission that a call needs."""

    action: str
    resource: str
    context: dict[str, str]


_on_change: list[Callable[[], None]] = []


def install(on_change: Callable[[], None]) -> None:
    """Make every moto response class ask this engine; `on_change` is called before a call that writes."""
    _on_change[:] = [on_change]
    replace_methods(
        ActionAuthenticatorMixin,
        _authenticate_and_authorize_action=_check_one,
        _authenticate_and_authorize_normal_action=_check_normal,
    )
    # moto asks the bucket's policy a second time, without its conditions: the engine has answered already.
    replace_methods(FakeBucket, get_permission=_be_neutral)


def _be_neutral(_bucket: Moto, _action: str, _resource: str) -> PermissionResult:
    return PermissionResult.NEUTRAL


def _check_normal(response: Moto, resource: str = "*") -> None:
    _check_one(response, IAMRequest, resource)


def _check_one(response: Moto, request_class: type, resource: str = "*") -> None:
    try:
        _check(response, request_class, resource)
    except (AccessDeniedError, InvalidClientTokenIdError, SignatureDoesNotMatchError) as error:
        if "form" in (response.headers.get("Content-Type") or ""):
            raise  # the query protocol's errors are XML, as moto writes them
        answer = error.to_json()
        answer.code = 403
        raise answer from error


def _check(response: Moto, request_class: type, resource: str) -> None:
    if response.headers.get("X-Amz-Target") in ActionAuthenticatorMixin.PUBLIC_OPERATIONS:
        return
    signed = _signed_request(response, request_class)
    call = _call_of(response, signed)
    action = iam_resources.action_of(call)
    if not _READING.match(action.partition(":")[2]):
        for notify in _on_change:
            notify()
    if action == "sts:GetCallerIdentity":
        return
    caller = caller_of(signed._access_key)
    is_named = resource != "*" and "InstanceProfileName" not in call.parameters  # moto names the role in it
    resources = [resource] if is_named or call.service == "s3" else iam_resources.resources_of(call)
    way = None
    if call.service == "s3":
        way = vpc_paths.endpoint_of(signed._access_key._access_key_id, call.account, signed._region)
    context = _context(response, call, caller, way)
    asked = [(action, name) for name in resources]
    if action == "s3:DeleteObject" and call.method == "POST":
        asked = (
            iam_resources.deleted_objects(
                resource, bytes(response.raw_body or b"").decode("utf-8", "replace")
            )
            or asked
        )
    questions = [Question(what, name, context | _tags(response, call, name)) for what, name in asked]
    for question in questions + _implied(response, call, questions[0]):
        is_let_through = way is None or way.lets_through(
            question.action, question.resource, question.context, caller.arns
        )
        if not (is_let_through and _is_allowed(response, caller, question)):
            signed._action = f"{question.action} on resource: {question.resource}"
            signed._raise_access_denied()


def _tags(response: Moto, call: iam_resources.Call, resource: str) -> dict[str, str]:
    if call.service in {"amplify", "cloudfront"}:
        return iam_delivery.tags_of(resource, call.parameters, _body_of(response), call.account)
    if call.service != "ec2":
        return {}
    return iam_ec2.tags_of(resource, call.parameters, call.account, call.region)


def _signed_request(response: Moto, request_class: type) -> Moto:
    """Return moto's request object, its signature and the age of its session checked."""
    if "Authorization" not in response.headers:
        raise S3AccessDeniedError() if request_class is S3IAMRequest else InvalidClientTokenIdError()
    query = urlsplit(response.uri).query
    signed = request_class(
        account_id=response.current_account,
        method=response.method,
        path=response.raw_path + (f"?{query}" if query else ""),
        data=response.data,
        body=response.raw_body,
        headers=response.headers,
        action=response._get_action(),
    )
    if signed._service != "s3" and "form" not in (response.headers.get("Content-Type") or ""):
        signed._data = {}  # moto would hash its parsed parameters where the body was empty
    signed.check_signature()
    _refuse_expired(signed._access_key)
    return signed


def _refuse_expired(access_key: Moto) -> None:
    if not hasattr(access_key, "_owner_role_name"):
        return
    session = sts_backends[ACCOUNT_ID]["aws"].get_assumed_role_from_access_key(access_key._access_key_id)
    if session is not None and session.expiration.replace(tzinfo=UTC) < datetime.now(UTC):
        error = JsonRESTError(
            "ExpiredTokenException", "The security token included in the request is expired"
        )
        error.code = 403
        raise error


def _call_of(response: Moto, signed: Moto) -> iam_resources.Call:
    service, _, operation = signed._action.partition(":")
    return iam_resources.Call(
        service=service,
        operation=operation,
        method=response.method,
        path=response.raw_path,
        region=response.region,
        account=response.current_account,
        parameters=dict.fromkeys(response.querystring or {}) if service == "s3" else _parameters(response),
    )


def _parameters(response: Moto) -> dict[str, Any]:
    found = {
        key: value[0] if isinstance(value, list) and value else value
        for key, value in (response.querystring or {}).items()
    }
    body = _body_of(response)
    if body.lstrip().startswith("{"):
        try:
            found |= json.loads(body)
        except ValueError:
            return found
    if "AssociationId" in found:
        owner = iam_ec2.owner_of_association(
            response.current_account, response.region, found["AssociationId"]
        )
        found["RouteTableId"] = owner or found["AssociationId"]
    return found


def _body_of(response: Moto) -> str:
    body = response.body
    return body if isinstance(body, str) else bytes(body or b"").decode("utf-8", "replace")


def _context(
    response: Moto, call: iam_resources.Call, caller: Caller, way: vpc_paths.Endpoint | None
) -> dict[str, str]:
    context = {
        "aws:securetransport": "true",
        "aws:principalarn": next((arn for arn in caller.arns if ":role/" in arn), caller.arn),
        "aws:principalaccount": call.account,
        "aws:requestedregion": call.region,
        "aws:sourceip": "127.0.0.1",
        "aws:username": caller.arn.rpartition("/")[2],
        "aws:currenttime": datetime.now(UTC).isoformat(),
    }
    if caller.is_services:
        context |= {
            "aws:sourceaccount": call.account,
            "aws:sourcearn": response.headers.get(SOURCE_HEADER, ""),
        }
    if call.service == "s3":
        context |= _s3_context(response)
    if way is not None:
        del context["aws:sourceip"]
        context |= way.context()
    if call.service == "monitoring":
        context["cloudwatch:namespace"] = str(call.parameters.get("Namespace", ""))
    return context


def _s3_context(response: Moto) -> dict[str, str]:
    query = response.querystring or {}
    found = {}
    for name in ("prefix", "delimiter", "max-keys"):
        if name in query:
            value = query[name]
            found[f"s3:{name}"] = str(value[0] if isinstance(value, list) else value)
    for name in ("x-amz-server-side-encryption", "x-amz-acl", "x-amz-storage-class"):
        if response.headers.get(name):
            found[f"s3:{name}"] = response.headers[name]
    return found


def _implied(response: Moto, call: iam_resources.Call, asked: Question) -> list[Question]:
    """Return the further permissions that AWS asks of the same call: tags, copy sources, passed roles."""
    if asked.action == "s3:PutObject":
        return _implied_by_put(response, asked)
    if tagging := iam_delivery.tagging_of(call.operation, call.parameters, asked.resource):
        return [Question(*tagging, asked.context)]
    if asked.action in _PASS_ROLE:
        role = (
            call.parameters.get("Role")
            or call.parameters.get("DeliverLogsPermissionArn")
            or (call.parameters.get("Target") or {}).get("RoleArn")
            or iam_ec2.role_of_profile(call.account, call.parameters)
        )
        context = {**asked.context, "iam:passedtoservice": _PASS_ROLE[asked.action]}
        return [Question("iam:PassRole", role, context)] if role else []
    return []


def _implied_by_put(response: Moto, asked: Question) -> list[Question]:
    found = []
    if response.headers.get("x-amz-tagging"):
        found.append(Question("s3:PutObjectTagging", asked.resource, asked.context))
    source = response.headers.get("x-amz-copy-source")
    if source:
        arn = "arn:aws:s3:::" + unquote(source).lstrip("/").partition("?")[0]
        found.append(Question("s3:GetObject", arn, asked.context))
    return found


def _is_allowed(response: Moto, caller: Caller, question: Question) -> bool:
    spoken_for = response.headers.get(SERVICE_HEADER) if caller.is_services else None
    request = iam_engine.Request(
        action=question.action,
        resource=question.resource,
        context=question.context,
        arns=caller.arns,
        account=ACCOUNT_ID,
        services=frozenset({spoken_for}) if spoken_for else frozenset(),
    )
    policies = iam_engine.Policies(
        identity=caller.identity_documents,
        boundary=caller.boundary,
        session=caller.session,
        resource=_resource_policy(question),
    )
    return iam_engine.is_allowed(policies, request)


def _resource_policy(question: Question) -> str | None:
    """Return the bucket's policy, or the trust policy of a role that is to be assumed."""
    if question.action.startswith("sts:AssumeRole"):
        return trust_of(question.resource) or '{"Statement": []}'
    if question.action.startswith("s3:"):
        name = question.resource.rpartition(":")[2].partition("/")[0]
        bucket = s3_backends[ACCOUNT_ID]["aws"].buckets.get(name)
        return bucket.policy.decode() if bucket is not None and bucket.policy else None
    return None
