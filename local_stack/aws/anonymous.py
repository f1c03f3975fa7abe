"""Requests to S3 without any signature: nobody in particular asks, and only a bucket's policy can say yes."""

from __future__ import annotations

from moto.s3.exceptions import S3AccessDeniedError

from local_stack.aws.identity import Caller
from local_stack.aws.moto_types import Moto


class AnonymousRequest:
    """A request as moto's checks want to see requests, as far as they ask of one that nobody signed."""

    caller = Caller(arn="anonymous", arns=frozenset(), identity_documents=())

    def __init__(self, response: Moto) -> None:
        self._service = "s3"
        self._region = response.region
        action = response._get_action()
        self._action = f"s3:{action[0] if isinstance(action, list) else action}"

    def _raise_access_denied(self) -> None:
        raise S3AccessDeniedError()
