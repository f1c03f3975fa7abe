"""Maps the rows of a file to events of the contract, by rules that a YAML file holds.

A mapping (see tests/data/ecom/mapping.yml) gives, per field of the event, a text with {column} in it:

    source: ecom                               # goes into the batch ids
    event_id: "ecom:{event_no}"                # becomes a UUIDv5 of this text in the URL namespace
    event_time: "{timestamp}"                  # ISO 8601; without a zone it is UTC
    event_sequence: "{event_no}"               # optional
    anonymous_id: "{user_id}"
    event_name: {from: "{event}", names: {product_view: view_item}}
    page: {url: "https://shop.example/{event}"}
    device: {category: "{platform}"}
    params: {source_event: "{event}"}
    more_params:                               # parameters that depend on a column's value
      - {from: "{event}", params: {purchase: {transaction_id: "order-{event_no}"}}}
"""

import csv
import gzip
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TextIO, cast

import msgspec
import yaml

Row = dict[str, str]


class MappingError(ValueError):
    """A mapping or a file does not fit; its text says which rule and which row."""


@dataclass(frozen=True)
class MappedEvent:
    """One event of the contract, as JSON bytes, and the time at which it happened."""

    happened_at: datetime
    anonymous_id: str
    body: bytes


@dataclass(frozen=True)
class Mapping:
    """The rules of one mapping file."""

    rules: dict[str, Any]

    @property
    def source(self) -> str:
        """The name of the data, in batch ids."""
        return str(self.rules["source"])

    def event(self, row: Row, shift: timedelta) -> MappedEvent:
        """Return the event that a row holds, moved in time by `shift`."""
        happened_at = self._time(row) + shift
        body: dict[str, Any] = {
            "event_id": str(uuid.uuid5(uuid.NAMESPACE_URL, self._text("event_id", row))),
            "event_name": self._event_name(row),
            "event_time": round(happened_at.timestamp() * 1000),
            "anonymous_id": self._text("anonymous_id", row),
        }
        if "event_sequence" in self.rules:
            body["event_sequence"] = int(self._text("event_sequence", row))
        for part in ("page", "device"):
            if part in self.rules:
                body[part] = _filled(self.rules[part], row)
        body["params"] = self._params(row)
        return MappedEvent(happened_at, body["anonymous_id"], msgspec.json.encode(body))

    def _text(self, rule: str, row: Row) -> str:
        return cast(str, _filled(self.rules[rule], row))

    def _time(self, row: Row) -> datetime:
        text = self._text("event_time", row)
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            raise MappingError(f"`event_time` must be ISO 8601; the row has {text!r}: {row}") from None
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)

    def _event_name(self, row: Row) -> str:
        rule = self.rules["event_name"]
        name = cast(str, _filled(rule["from"], row))
        return str(rule.get("names", {}).get(name, name))

    def _params(self, row: Row) -> dict[str, Any]:
        params = dict(_filled(self.rules.get("params", {}), row))
        for rule in self.rules.get("more_params", []):
            value = cast(str, _filled(rule["from"], row))
            params |= _filled(rule["params"].get(value, {}), row)
        return params


def read_mapping(path: Path) -> Mapping:
    """Return the mapping that a YAML file holds, or raise `MappingError` naming the rule that it lacks."""
    rules = yaml.safe_load(path.read_text(encoding="utf-8"))
    needed = ["source", "event_id", "event_time", "anonymous_id", "event_name"]
    missing = [rule for rule in needed if not isinstance(rules, dict) or rule not in rules]
    if missing:
        raise MappingError(
            f"{path} must have the rule `{missing[0]}`; scripts/event_mapping.py shows them all"
        )
    return Mapping(rules)


def read_events(path: Path, mapping: Mapping, shift: timedelta = timedelta(0)) -> Iterator[MappedEvent]:
    """Yield the events of a CSV file (`.csv` or `.csv.gz`, with a header line), in the file's order."""
    open_text = gzip.open if path.suffix == ".gz" else open
    with open_text(path, "rt", encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(cast(TextIO, lines)):
            try:
                yield mapping.event(row, shift)
            except KeyError as error:
                raise MappingError(
                    f"the mapping uses the column {error}, which {path} does not have"
                ) from None


def _filled(rule: Any, row: Row) -> Any:  # noqa: ANN401 - a rule is any YAML value
    """Return the rule with every {column} in its texts replaced by the row's value."""
    if isinstance(rule, dict):
        return {name: _filled(part, row) for name, part in rule.items()}
    return rule.format_map(row) if isinstance(rule, str) else rule
