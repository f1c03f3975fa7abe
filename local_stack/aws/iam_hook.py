"""Puts the IAM engine in moto's place: every signed request is checked, always.

What it closes in moto 5.2.5: resource ARNs exist for four services only; condition operators other than
StringEquals count as met; bucket policy conditions are ignored, so that the usual "deny without TLS" locks
everyone out; REST-JSON GET requests always fail their signature; no boundaries, no PassRole.

Loopback counts as TLS (`aws:SecureTransport` is true): the emulator has no certificate, and nothing leaves
the machine. Whoever comes by a presigned URL counts as its signer. Anonymous requests may
what a bucket's policy lets everybody do.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import urlsplit

from moto.core.authorization import ActionAuthenticatorMixin
from moto.core.exceptions import (
    AccessDeniedError,
    InvalidClientTokenIdError,
    JsonRESTError,
    SignatureDoesNotMatchError,
)
from moto.iam.access_control import IAMRequest, PermissionResult, S3IAMRequest
from moto.s3.models import FakeBucket, s3_backends
from moto.sts.models import sts_backends

from local_stack.aws import iam_engine, iam_resources, presigned, vpc_paths
from local_stack.aws.anonymous import AnonymousRequest
from local_stack.aws.iam_questions import Question, call_of, questions_of
from local_stack.aws.identity import Caller, caller_of, trust_of
from local_stack.aws.moto_types import Moto, replace_methods
from local_stack.state import ACCOUNT_ID

SERVICE_HEADER = "X-Local-Service"  # which AWS service the `aws-services` identity speaks for
_READING = re.compile(r"(Get|List|Describe|Head|Lookup|Filter|Simulate|Assume|GET)")
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
    replace_methods(FakeBucket, get_permission=_agree)


def _agree(_bucket: Moto, _action: str, _resource: str) -> PermissionResult:
    return PermissionResult.PERMITTED


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
    call = call_of(response, signed)
    action = iam_resources.action_of(call)
    if not _READING.match(action.partition(":")[2]):
        for notify in _on_change:
            notify()
    if action == "sts:GetCallerIdentity":
        return
    caller = signed.caller if isinstance(signed, AnonymousRequest) else caller_of(signed._access_key)
    way = _way_of(response, call, signed) if call.service == "s3" else None
    for question in questions_of(response, call, resource, caller, way):
        is_let_through = way is None or way.lets_through(
            question.action, question.resource, question.context, caller.arns
        )
        if not (is_let_through and _is_allowed(response, caller, question)):
            signed._action = f"{question.action} on resource: {question.resource}"
            signed._raise_access_denied()


def _way_of(response: Moto, call: iam_resources.Call, signed: Moto) -> vpc_paths.Endpoint | None:
    """Return the endpoint that the request comes through; a host's comes by the door of its VPC."""
    address = response.headers.get(vpc_paths.SOURCE_HEADER)
    if address:
        return vpc_paths.endpoint_of_host(address, call.account, response.region)
    if isinstance(signed, AnonymousRequest):
        return None
    return vpc_paths.endpoint_of(signed._access_key._access_key_id, call.account, signed._region)


def _signed_request(response: Moto, request_class: type) -> Moto:
    """Return moto's request object, its signature and the age of its session checked."""
    if request_class is S3IAMRequest and presigned.is_presigned(response):
        by_url = presigned.PresignedRequest(response)
        by_url.check_signature()
        _refuse_expired(by_url._access_key)
        return by_url
    if "Authorization" not in response.headers:
        if request_class is S3IAMRequest:
            return AnonymousRequest(response)
        raise InvalidClientTokenIdError()
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
        _, account = s3_backends.bucket_accounts.get(name, ("", ACCOUNT_ID))
        bucket = s3_backends[account]["aws"].buckets.get(name)
        return bucket.policy.decode() if bucket is not None and bucket.policy else None
    return None
