"""Makes sure of the two IAM users that the stack itself needs; their keys are in the state file."""

from __future__ import annotations

import json

from moto.iam.models import iam_backends

from local_stack.aws.identity import OPERATOR, SERVICES
from local_stack.state import ACCOUNT_ID, StackState

# AWS services may assume roles that trust them, invoke functions, write logs and queues, and read the
# configuration that they act on: what our edge does in their name.
_SERVICES_ACTIONS = [
    "apigateway:GET",
    "cloudfront:GetDistributionConfig",
    "cloudfront:GetResponseHeadersPolicy",
    "cloudfront:ListDistributions",
    "lambda:GetPolicy",
    "lambda:InvokeFunction",
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "scheduler:GetSchedule",
    "scheduler:ListSchedules",
    "sqs:SendMessage",
]


def ensure_users(state: StackState) -> None:
    """The operator may do everything, the services' identity what the list above says; both have keys."""
    _ensure(OPERATOR, state.aws_access_key_id, state.aws_secret_access_key, ["*"])
    _ensure(SERVICES, state.services_access_key_id, state.services_secret_access_key, _SERVICES_ACTIONS)


def _ensure(name: str, key_id: str, secret: str, actions: list[str]) -> None:
    backend = iam_backends[ACCOUNT_ID]["aws"]
    if name not in backend.users:
        backend.create_user("aws", name)
    statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    backend.put_user_policy(name, "local-stack", document)
    user = backend.get_user(name)
    if all(key.access_key_id != key_id for key in user.access_keys):
        key = user.create_access_key(prefix="AKIA")
        key.access_key_id, key.secret_access_key = key_id, secret
        backend.access_keys[key_id] = key
