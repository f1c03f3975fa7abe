"""The body of an HTTP request as API Gateway hands it to a function (payload format 2.0). Pure."""

import base64
from collections.abc import Sequence
from typing import Any

from contract.problem import ProblemError


def body_of(event: dict[str, Any], media_types: Sequence[str], most_bytes: int) -> bytes:
    """Return the body as it was sent, or raise `ProblemError`: another media type, or too long."""
    _require_media_type((event.get("headers") or {}).get("content-type", ""), media_types)
    body = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return within(body.encode("utf-8", "surrogatepass"), most_bytes)
    try:
        return within(base64.b64decode(body, validate=True), most_bytes)
    except ValueError as error:  # of base64, or of letters that it has not
        raise ProblemError(400, "bad-encoding", "The body is not valid base64", str(error)) from None


def within(body: bytes, most_bytes: int) -> bytes:
    """Return the body, or raise `ProblemError` when it is longer."""
    if len(body) > most_bytes:
        raise ProblemError(
            413,
            "body-too-large",
            "The body is too large",
            f"At most {most_bytes} bytes are taken after decompression; send less at once.",
        )
    return body


def _require_media_type(content_type: str, media_types: Sequence[str]) -> None:
    media_type = content_type.split(";", maxsplit=1)[0].strip().lower()
    if media_type not in media_types:
        raise ProblemError(
            415,
            "unsupported-media-type",
            f"The content type must be {' or '.join(media_types)}",
            f"The request has content type {media_type[:100] or '(none)'!r}.",
        )
