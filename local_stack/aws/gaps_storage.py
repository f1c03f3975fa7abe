"""Adds to moto 5.2.5 what buckets need and moto lacks. Each function names its gap."""

from __future__ import annotations

import json

from moto.s3.models import FakeBucket, S3Backend

from local_stack.aws.moto_types import Moto, replace_methods


def install() -> None:
    """Put every gap's filling in place."""
    _let_log_delivery_in()
    _gather_access_logs_for_ever()


def _let_log_delivery_in() -> None:
    """moto breaks off at a statement about everybody when it looks whether access logs may be delivered."""
    looked_up = FakeBucket._log_permissions_enabled_policy

    class Narrowed:
        """A bucket as the look-up needs it, with the statements about services alone."""

        def __init__(self, bucket: Moto) -> None:
            document = json.loads(bucket.policy.decode())
            about_services = [one for one in document["Statement"] if isinstance(one.get("Principal"), dict)]
            self.policy = json.dumps({**document, "Statement": about_services}).encode()
            self.name, self.partition = bucket.name, bucket.partition

    def allowed(target_bucket: Moto, target_prefix: str | None) -> bool:
        narrowed: Moto = Narrowed(target_bucket) if target_bucket.policy else target_bucket
        return bool(looked_up(narrowed, target_prefix))

    replace_methods(FakeBucket, _log_permissions_enabled_policy=staticmethod(allowed))


def _gather_access_logs_for_ever() -> None:
    """moto writes an access log's object at once for every request; S3 gathers lines for hours, and so do we.

    Every request would be two, and every object that is read would make another.
    """

    def keep_back(_self: Moto, _request: Moto, _bucket_name: str) -> None:
        """No object is written."""

    replace_methods(S3Backend, log_incoming_request=keep_back)
