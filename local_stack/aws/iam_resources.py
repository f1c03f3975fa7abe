"""Names what an AWS API call acts on: the IAM action and the resource ARNs. Pure.

moto 5.2.5 names resources for s3, sqs, iam and sts only; every other call counts as `*` there, so a
least-privilege statement never matches. Source: the Service Authorization Reference.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from local_stack.aws import iam_catalog, iam_delivery, iam_ec2

# The name in the signature, where it is not the prefix of the IAM actions.
_PREFIXES = {"monitoring": "cloudwatch", "email": "ses", "tagging": "tag"}
_ACTIONS = {
    "lambda:Invoke": "lambda:InvokeFunction",
    "lambda:InvokeAsync": "lambda:InvokeFunction",
    "cloudfront:CreateDistributionWithTags": "cloudfront:CreateDistribution",
}
# Bucket settings, by their name in the query, that moto takes for calls on the bucket as a whole.
_BUCKET_SETTINGS = {
    "encryption": "EncryptionConfiguration",
    "ownershipControls": "BucketOwnershipControls",
    "publicAccessBlock": "BucketPublicAccessBlock",
}


@dataclass(frozen=True)
class Call:
    """One signed API call, as far as naming its resources needs it."""

    service: str
    operation: str
    method: str
    path: str
    region: str
    account: str
    parameters: Mapping[str, Any]

    def arn(self, service: str, rest: str) -> str:
        """Return an ARN in the call's region and account."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{rest}"


def action_of(call: Call) -> str:
    """Return the IAM action of the call; API Gateway's actions are HTTP methods."""
    if call.service == "s3":
        return f"s3:{_s3_operation(call)}"
    if call.service == "apigateway":
        return f"apigateway:{call.method}"
    action = f"{_PREFIXES.get(call.service, call.service)}:{call.operation}"
    return _ACTIONS.get(action, action)


def resources_of(call: Call) -> list[str]:
    """Return the ARNs of the call; `*` where the service has no resource or it is not mapped here."""
    tagged = re.search(r"/tags/(arn:[^?]+)", unquote(call.path))
    if tagged and call.service in {"lambda", "scheduler"}:
        return [tagged[1]]
    namer = _NAMERS.get(call.service)
    return (namer(call) if namer else None) or ["*"]


def _s3_operation(call: Call) -> str:
    """Return the S3 action; whoever deletes a bucket's setting needs the right to put it."""
    for key, setting in _BUCKET_SETTINGS.items():
        if key in call.parameters:
            return ("Get" if call.method == "GET" else "Put") + setting
    return "ListBucket" if call.operation == "HeadBucket" else call.operation


def deleted_objects(bucket_arn: str, body: str) -> list[tuple[str, str]]:
    """Return the action and ARN of each object that a DeleteObjects body names; moto asks for the bucket."""
    found = []
    for entry in re.findall(r"<Object>(.*?)</Object>", body, flags=re.DOTALL):
        key = re.search(r"<Key>(.*?)</Key>", entry, flags=re.DOTALL)
        action = "s3:DeleteObjectVersion" if "<VersionId>" in entry else "s3:DeleteObject"
        found.append((action, f"{bucket_arn}/{html.unescape(key[1]) if key else ''}"))
    return found


def _ec2(call: Call) -> list[str]:
    return iam_ec2.resources_of(call.operation, call.parameters, f"{call.region}:{call.account}")


def _lambda(call: Call) -> list[str]:
    found = re.search(r"/functions/([^/?]+)", unquote(call.path))
    name = found[1] if found else call.parameters.get("FunctionName")
    if not name:
        return []
    named = name if name.startswith("arn:") else call.arn("lambda", f"function:{name}")
    qualifier = call.parameters.get("Qualifier")
    # a call of a version or alias needs a permission for just that one, or for all by a wildcard
    return [f"{named}:{qualifier}" if qualifier and named.count(":") == 6 else named]


def _logs(call: Call) -> list[str]:
    group = call.parameters.get("logGroupName")
    if not group:
        identifier = call.parameters.get("logGroupIdentifier") or call.parameters.get("resourceArn", "")
        group = identifier.rpartition(":log-group:")[2].removesuffix(":*")
    stream = call.parameters.get("logStreamName", "")
    return [call.arn("logs", f"log-group:{group}:log-stream:{stream}")] if group else []


def _scheduler(call: Call) -> list[str]:
    found = re.search(r"/(schedules|schedule-groups)/([^/?]+)", unquote(call.path))
    if not found:
        return []
    group = call.parameters.get("GroupName") or call.parameters.get("groupName") or "default"
    kind = f"schedule/{group}/{found[2]}" if found[1] == "schedules" else f"schedule-group/{found[2]}"
    return [call.arn("scheduler", kind)]


def _ssm(call: Call) -> list[str]:
    names = call.parameters.get("Names") or [call.parameters.get("Name") or call.parameters.get("Path")]
    if session := call.parameters.get("SessionId"):
        return [call.arn("ssm", f"session/{session}")]
    if host := call.parameters.get("Target") or call.parameters.get("InstanceId"):
        return [call.arn("ec2", f"instance/{host}"), *_session_document(call)]
    return [
        name if name.startswith("arn:") else call.arn("ssm", "parameter/" + name.lstrip("/"))
        for name in names
        if name
    ]


def _session_document(call: Call) -> list[str]:
    """Name what a session runs: AWS's own documents are in no account, the shell's is in each."""
    if call.operation != "StartSession":
        return []
    document = call.parameters.get("DocumentName", "SSM-SessionManagerRunShell")
    account = "" if document.startswith("AWS-") else call.account
    return [f"arn:aws:ssm:{call.region}:{account}:document/{document}"]


def _sqs(call: Call) -> list[str]:
    url = call.parameters.get("QueueUrl")
    name = url.rstrip("/").rpartition("/")[2] if url else call.parameters.get("QueueName")
    return [call.arn("sqs", name)] if name else []


def _named(parameter: str, service: str, prefix: str) -> Callable[[Call], list[str]]:
    def namer(call: Call) -> list[str]:
        name = call.parameters.get(parameter)
        if not name:
            return []
        return [name if name.startswith("arn:") else call.arn(service, prefix + name)]

    return namer


def _sns(call: Call) -> list[str]:
    named = ("TopicArn", "TargetArn", "ResourceArn")  # a subscription is no resource
    arn = next((call.parameters[key] for key in named if key in call.parameters), None)
    return [arn] if arn else _named("Name", "sns", "")(call)


_IAM_NAMES = {"InstanceProfileName": "instance-profile", "RoleName": "role", "UserName": "user"}


def _iam(call: Call) -> list[str]:
    """Name roles and users by their names; the paths that they may have are not known here."""
    for parameter, kind in _IAM_NAMES.items():  # a profile before the role that is put in it
        if name := call.parameters.get(parameter):
            return [f"arn:aws:iam::{call.account}:{kind}/{name}"]
    return []


def _apigateway(call: Call) -> list[str]:
    path = unquote(call.path).partition("?")[0].removeprefix("/v2")
    return [f"arn:aws:apigateway:{call.region}::{path}"]


def _amplify(call: Call) -> list[str]:
    return iam_delivery.amplify_resources(call.path, f"{call.region}:{call.account}")


def _cloudfront(call: Call) -> list[str]:
    return iam_delivery.cloudfront_resources(call.operation, call.path, call.parameters, call.account)


def _cloudwatch(call: Call) -> list[str]:
    """Name alarms and dashboards; other calls have no resource."""
    if arn := call.parameters.get("ResourceARN"):
        return [arn]
    dashboards = call.parameters.get("DashboardNames") or [call.parameters.get("DashboardName")]
    alarms = call.parameters.get("AlarmNames") or [call.parameters.get("AlarmName")]
    return [f"arn:aws:cloudwatch::{call.account}:dashboard/{name}" for name in dashboards if name] + [
        call.arn("cloudwatch", f"alarm:{name}") for name in alarms if name
    ]


_NAMERS = {
    "amplify": _amplify,
    "cloudfront": _cloudfront,
    "ec2": _ec2,
    "iam": _iam,
    "lambda": _lambda,
    "logs": _logs,
    "scheduler": _scheduler,
    "ssm": _ssm,
    "sqs": _sqs,
    "sns": _sns,
    "apigateway": _apigateway,
    "monitoring": _cloudwatch,
    "kms": _named("KeyId", "kms", "key/"),
    "secretsmanager": _named("SecretId", "secretsmanager", "secret:"),
    "events": _named("EventBusName", "events", "event-bus/"),
    "athena": lambda call: iam_catalog.athena_resources(call.parameters, call.arn),
    "glue": lambda call: iam_catalog.glue_resources(call.operation, call.parameters, call.arn),
    "cognito-idp": _named("UserPoolId", "cognito-idp", "userpool/"),
}
