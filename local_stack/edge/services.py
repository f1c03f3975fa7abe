"""boto3 clients with which the edge speaks for AWS services, and sessions of the roles that trust them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from local_stack.state import StackState

if TYPE_CHECKING:
    from botocore.awsrequest import AWSRequest

SERVICE_HEADER = "X-Local-Service"  # as in local_stack.aws.iam_hook, which this process must not import
SOURCE_HEADER = "X-Local-Source-Arn"


class Services:
    """Clients of the emulated AWS API, as the identity that stands for AWS services."""

    def __init__(self, state: StackState) -> None:
        self.state = state
        self._session: Any = boto3.Session(
            state.services_access_key_id, state.services_secret_access_key, region_name=state.aws_region
        )
        self.client = lru_cache(maxsize=64)(self._client)

    def _client(self, service: str, timeout_seconds: float = 30.0) -> Any:  # noqa: ANN401 - boto3's clients
        return self._session.client(
            service, endpoint_url=self.state.aws_endpoint_url, config=client_config(timeout_seconds)
        )

    def speaking_for(self, service: str, source_arn: str, of: str) -> Any:  # noqa: ANN401 - boto3's clients
        """Return a client of the service `of` for what AWS's `service` asks for one of its things."""
        client = self._session.client(of, endpoint_url=self.state.aws_endpoint_url, config=client_config(10))
        headers = {SERVICE_HEADER: service, SOURCE_HEADER: source_arn}
        client.meta.events.register(f"before-sign.{of}", _adder_of(headers))
        return client

    def role_session(self, role_arn: str, service: str, name: str, source_arn: str) -> boto3.Session:
        """Return a session of a role that trusts `service`; botocore's ClientError when it does not."""
        sts = self.speaking_for(service, source_arn, "sts")
        found = sts.assume_role(RoleArn=role_arn, RoleSessionName=name)["Credentials"]
        return boto3.Session(
            found["AccessKeyId"],
            found["SecretAccessKey"],
            found["SessionToken"],
            region_name=self.state.aws_region,
        )


def client_config(timeout_seconds: float) -> Config:
    """Return settings without retries: the services have retry rules of their own."""
    return Config(
        retries={"total_max_attempts": 1},
        connect_timeout=5,
        read_timeout=timeout_seconds,
        max_pool_connections=32,
    )


def _adder_of(headers: Mapping[str, str]) -> Any:  # noqa: ANN401 - botocore's handlers have no type
    def add(request: AWSRequest, **_: object) -> None:
        for name, value in headers.items():
            request.headers[name] = value

    return add
