"""What a call to moto asks of IAM: each permission that it needs, and what AWS tells of the call.

moto 5.2.5 knows the action only. Tags, copy sources and passed roles need permissions of their own on AWS.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from local_stack.aws import iam_delivery, iam_ec2, iam_resources, vpc_paths
from local_stack.aws.identity import Caller
from local_stack.aws.moto_types import Moto

SOURCE_HEADER = "X-Local-Source-Arn"
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


def call_of(response: Moto, signed: Moto) -> iam_resources.Call:
    """Return the signed request in the words of AWS: service, operation and parameters."""
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


def questions_of(
    response: Moto, call: iam_resources.Call, resource: str, caller: Caller, way: vpc_paths.Endpoint | None
) -> list[Question]:
    """Return everything that AWS asks of one call; `resource` is what moto names, `*` where it does not."""
    is_named = resource != "*" and "InstanceProfileName" not in call.parameters  # moto names the role in it
    resources = [resource] if is_named or call.service == "s3" else iam_resources.resources_of(call)
    action = iam_resources.action_of(call)
    asked = [(action, name) for name in resources]
    if action == "s3:DeleteObject" and call.method == "POST":
        body = bytes(response.raw_body or b"").decode("utf-8", "replace")
        asked = iam_resources.deleted_objects(resource, body) or asked
    context = _context(response, call, caller, way)
    questions = [Question(what, name, context | _tags(response, call, name)) for what, name in asked]
    return questions + _implied(response, call, questions[0])


def _tags(response: Moto, call: iam_resources.Call, resource: str) -> dict[str, str]:
    if call.service in {"amplify", "cloudfront"}:
        return iam_delivery.tags_of(resource, call.parameters, _body_of(response), call.account)
    if call.service == "ssm":
        return iam_ec2.tags_of_host(resource, call.account, call.region)
    if call.service != "ec2":
        return {}
    return iam_ec2.tags_of(resource, call.parameters, call.account, call.region)


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
