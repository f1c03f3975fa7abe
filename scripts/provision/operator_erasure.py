"""What whoever erases people must be allowed: the only one who may change what raw holds."""

from __future__ import annotations

from provision.normal_form import PolicyDocument
from provision.policies.statements import allow, document
from provision.settings import Settings


def erasure_operations(settings: Settings) -> PolicyDocument:
    """Every version of raw events is read, rewritten and removed, and processed files are made again.

    A policy of its own, for people who do this: ingest may only add, the ETL only read. It is what replays of
    raw need, too. Versions of the media, artifacts and backups buckets are beyond it.
    """
    stem = f"arn:aws:s3:::{settings.project}-{settings.environment}"
    raw, processed = f"{stem}-raw-*", f"{stem}-processed-*"
    events = [f"{raw}/events/*", f"{raw}/rejected/*"]
    made = [f"{processed}/{prefix}/*" for prefix in ("account", "events", "sessions")]
    rewriting = ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:DeleteObjectVersion"]
    return document(
        [
            allow("SearchRaw", ["s3:ListBucket", "s3:ListBucketVersions"], raw),
            allow("RewriteRaw", rewriting, events),
            allow("FindSparkFiles", "s3:ListBucket", processed),
            allow("MakeProcessedAgain", ["s3:GetObject", "s3:PutObject"], made),
        ]
    )
