"""From the bytes of a batch to what is stored and what is answered. Pure: no clock, no AWS.

Input: a `Request` and its receive time. Output: `SortedBatch`, the accepted and the rejected lines.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import NAMESPACE_OID, UUID, uuid5

import msgspec
from contract.event import Batch, InvalidEventError, decode_event
from contract.privacy import Privacy
from contract.problem import ProblemError
from contract.raw_object import (
    EVENTS_PREFIX,
    REJECTED_PREFIX,
    RawLine,
    Receipt,
    RejectedLine,
    compact,
    encode_lines,
    hour_prefix,
    object_name,
)

from ingest.request import Request, SourceIpMode, shown_source_ip

_batch_decoder = msgspec.json.Decoder(Batch)


class _Id(msgspec.Struct):
    event_id: str | None = None


_id_decoder = msgspec.json.Decoder(_Id)


@dataclass(frozen=True)
class SortedBatch:
    """A batch with its good events apart from its bad ones."""

    receipt: Receipt
    accepted: list[RawLine]
    rejected: list[RejectedLine]

    def objects(self) -> dict[str, bytes]:
        """Return {key: body} of what goes into the raw bucket, rejected events first.

        Both keys follow from the batch alone and its receive hour, so that a retry writes the same keys.
        """
        found = {}
        if self.rejected:
            key = self._key(REJECTED_PREFIX, [line.text.encode() for line in self.rejected])
            found[key] = encode_lines(self.rejected)
        if self.accepted:
            key = self._key(EVENTS_PREFIX, [bytes(line.event) for line in self.accepted])
            found[key] = encode_lines(self.accepted)
        return found

    def _key(self, root: str, events: list[bytes]) -> str:
        return hour_prefix(root, self.receipt.received_at) + object_name(self.receipt.batch_id, events)


def sort_batch(
    request: Request, received_at: datetime, source_ip_mode: SourceIpMode, privacy: Privacy | None = None
) -> SortedBatch:
    """Return the events sorted into accepted and rejected, or raise `ProblemError` if there is no batch.

    What `privacy` (the usual rules if none are given) takes out is gone before anything is stored.
    """
    privacy = privacy or Privacy()
    batch = _decoded(request.body)
    receipt = Receipt(
        received_at=received_at,
        sent_at=batch.sent_at.astimezone(UTC),
        batch_id=batch.batch_id or _derived_batch_id(request.body),
        source_ip=shown_source_ip(request.source_ip, source_ip_mode),
        user_agent=request.user_agent,
        country=request.country,
    )
    sorted_batch = SortedBatch(receipt, [], [])
    for index, raw in enumerate(batch.events):
        text = compact(bytes(raw))
        try:
            decode_event(text)
        except InvalidEventError as error:
            sorted_batch.rejected.append(
                RejectedLine(
                    receipt,
                    index,
                    str(error),
                    privacy.anything(text.decode()),
                    _event_id(text),
                    request.user_id,
                )
            )
        else:
            stored = msgspec.Raw(privacy.event(text))
            sorted_batch.accepted.append(RawLine(receipt, stored, request.user_id))
    return sorted_batch


def _decoded(body: bytes) -> Batch:
    try:
        body.decode()
        return _batch_decoder.decode(body)
    except msgspec.ValidationError as error:
        raise ProblemError(422, "not-a-batch", "The body is not an event batch", str(error)) from None
    except UnicodeDecodeError as error:
        raise ProblemError(400, "not-utf-8", "The body is not valid UTF-8", str(error)) from None
    except (msgspec.DecodeError, RecursionError, OverflowError, ValueError) as error:
        raise ProblemError(400, "malformed-json", "The body is not valid JSON", str(error)) from None


def _derived_batch_id(body: bytes) -> UUID:
    return uuid5(NAMESPACE_OID, hashlib.sha256(body).hexdigest())


def _event_id(text: bytes) -> str | None:
    """Return the id that a rejected event gives itself, if it has a readable one."""
    try:
        event_id = _id_decoder.decode(text).event_id
    except (ValueError, RecursionError):
        return None
    return event_id[:100].replace("\x00", "") if event_id else None
