"""Makes AWS things on a running stack for one test, and removes them again."""

import io
import json
import uuid
import zipfile
from collections.abc import Callable
from typing import Any

import boto3
from botocore.config import Config

from local_stack.state import StackState

CONFIG = Config(retries={"total_max_attempts": 1}, read_timeout=90)


def session_client(
    stack: StackState, service: str, key_id: str, secret: str, token: str | None = None
) -> Any:
    session = boto3.Session(key_id, secret, token, region_name=stack.aws_region)
    client: Any = session.client(service, endpoint_url=stack.aws_endpoint_url, config=CONFIG)  # type: ignore[call-overload]
    return client


def allow(actions: list[str], resources: list[str], **more: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": actions, "Resource": resources, **more}


def policy(*statements: object) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trust(principal: dict[str, str], **more: object) -> str:
    return policy({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **more})


def function_zip(source: str, mode: int = 0o644) -> bytes:
    """Return a zip of one module, `handler.py`, with the file mode that is asked for."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        entry = zipfile.ZipInfo("handler.py")
        entry.external_attr = mode << 16
        archive.writestr(entry, source)
    return stream.getvalue()


class Estate:
    """Clients of the operator, and makers that remember how to undo what they made."""

    def __init__(self, stack: StackState) -> None:
        self.stack = stack
        self._undo: list[Callable[[], object]] = []

    def client(self, service: str) -> Any:
        return session_client(
            self.stack, service, self.stack.aws_access_key_id, self.stack.aws_secret_access_key
        )

    def name(self, what: str) -> str:
        return f"{what}-{uuid.uuid4().hex[:8]}"

    def bucket(self) -> str:
        name, s3 = self.name("bucket"), self.client("s3")
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": self.stack.aws_region})
        self._undo.append(lambda: self._empty(name))
        return name

    def role(self, trusted: str, *statements: object) -> str:
        name, iam = self.name("role"), self.client("iam")
        arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trusted)["Role"]["Arn"]
        if statements:
            iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=policy(*statements))
        self._undo.append(lambda: self._delete_role(name))
        return arn

    def as_role(self, role_arn: str, service: str) -> Any:
        made = self.client("sts").assume_role(RoleArn=role_arn, RoleSessionName="test")["Credentials"]
        return session_client(
            self.stack, service, made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"]
        )

    def function(self, source: str, *statements: object, mode: int = 0o644, **settings: object) -> str:
        """Return the name of a function whose role may write its own log and what the statements say."""
        name = self.name("function")
        logs = allow(
            ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
            [f"arn:aws:logs:*:*:log-group:/aws/lambda/{name}:*"],
        )
        client = self.client("lambda")
        chosen: dict[str, Any] = {
            "Role": self.role(trust({"Service": "lambda.amazonaws.com"}), logs, *statements),
            "Runtime": "python3.13",
            "Handler": "handler.handle",
            "Code": {"ZipFile": function_zip(source, mode)},
            "Timeout": 10,
            **settings,
        }
        client.create_function(FunctionName=name, **chosen)
        self._undo.append(lambda: client.delete_function(FunctionName=name))
        return name

    def invoke(self, name: str, event: object = None) -> tuple[Any, str | None]:
        """Return the decoded payload and the FunctionError."""
        answer = self.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event or {}))
        return json.loads(answer["Payload"].read()), answer.get("FunctionError")

    def api(self, function: str, *, is_permitted: bool = True, **settings: Any) -> str:
        """Return the id of an HTTP API whose `POST /v1/events` goes to the function."""
        gateway, functions = self.client("apigatewayv2"), self.client("lambda")
        stage = settings.pop("stage", {})
        api_id: str = gateway.create_api(Name=self.name("api"), ProtocolType="HTTP", **settings)["ApiId"]
        self._undo.append(lambda: gateway.delete_api(ApiId=api_id))
        arn = functions.get_function_configuration(FunctionName=function)["FunctionArn"]
        target = gateway.create_integration(
            ApiId=api_id, IntegrationType="AWS_PROXY", IntegrationUri=arn, PayloadFormatVersion="2.0"
        )["IntegrationId"]
        gateway.create_route(ApiId=api_id, RouteKey="POST /v1/events", Target=f"integrations/{target}")
        gateway.create_stage(ApiId=api_id, StageName="$default", AutoDeploy=True, **stage)
        if is_permitted:
            source = f"arn:aws:execute-api:{self.stack.aws_region}:{self.stack.aws_account_id}:{api_id}/*/*"
            functions.add_permission(
                FunctionName=function,
                StatementId="api",
                Action="lambda:InvokeFunction",
                Principal="apigateway.amazonaws.com",
                SourceArn=source,
            )
        return api_id

    def after(self, undo: Callable[[], object]) -> None:
        self._undo.append(undo)

    def remove(self) -> None:
        for undo in reversed(self._undo):
            undo()

    def _empty(self, bucket: str) -> None:
        s3 = self.client("s3")
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
            for entry in page.get("Versions", []) + page.get("DeleteMarkers", []):
                s3.delete_object(Bucket=bucket, Key=entry["Key"], VersionId=entry["VersionId"])
        s3.delete_bucket(Bucket=bucket)

    def _delete_role(self, name: str) -> None:
        iam = self.client("iam")
        for policy_name in iam.list_role_policies(RoleName=name)["PolicyNames"]:
            iam.delete_role_policy(RoleName=name, PolicyName=policy_name)
        iam.delete_role(RoleName=name)
