"""Values that a published JSON Schema allows, for tests that send whatever a client may send."""

import math
from datetime import UTC
from typing import Any

from hypothesis import strategies as st

Schema = dict[str, Any]
# what both JSON and PostgreSQL's text can hold
TEXT = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
ANY_TEXT = st.text(max_size=120)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=8,
)
MOST_ITEMS = 5
MOST_CHARACTERS = 50
_FORMATS = {
    "date-time": st.datetimes(timezones=st.just(UTC)).map(lambda at: at.isoformat()),
    "uuid": st.uuids().map(str),
}


def allowed(schema: Schema, document: Schema) -> st.SearchStrategy[Any]:
    """Return what a schema of a document allows; lists are short, and so are texts."""
    if "$ref" in schema:
        return allowed(_found(schema["$ref"], document), document)
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "anyOf" in schema and "type" not in schema:
        return st.one_of([allowed(one, document) for one in schema["anyOf"]])
    if schema["type"] == "object":
        return _objects(schema, document)
    if schema["type"] == "array":
        items, most = allowed(schema["items"], document), min(MOST_ITEMS, schema.get("maxItems", MOST_ITEMS))
        return st.lists(items, min_size=schema.get("minItems", 0), max_size=most)
    return _values(schema)


def _found(reference: str, document: Schema) -> Schema:
    for name in reference.removeprefix("#/").split("/"):
        document = document[name]
    return document


def _objects(schema: Schema, document: Schema) -> st.SearchStrategy[Any]:
    parts = {name: allowed(one, document) for name, one in schema.get("properties", {}).items()}
    if not parts:
        return st.dictionaries(st.text(TEXT, max_size=20), st.integers() | st.text(TEXT), max_size=3)
    # alternatives say of one member or another that it must be there, and with a value
    choices = [set(one["required"]) for one in schema.get("anyOf", [])] or [set()]
    return st.one_of([_object(parts, choice | set(schema["required"]), choice) for choice in choices])


def _object(
    parts: dict[str, st.SearchStrategy[Any]], required: set[str], with_value: set[str]
) -> st.SearchStrategy[Any]:
    valued = {name: parts[name].filter(lambda value: value is not None) for name in with_value}
    return st.fixed_dictionaries(
        {name: valued.get(name, parts[name]) for name in sorted(required)},
        optional={name: part for name, part in parts.items() if name not in required},
    )


def _texts(schema: Schema) -> st.SearchStrategy[str]:
    if "format" in schema:
        return _FORMATS[schema["format"]]
    if "pattern" in schema:
        return st.from_regex(schema["pattern"].removesuffix("$") + r"\Z")
    fewest, most = schema.get("minLength", 0), schema.get("maxLength", MOST_CHARACTERS)
    return st.text(TEXT, min_size=fewest, max_size=max(fewest, min(most, MOST_CHARACTERS)))


def _values(schema: Schema) -> st.SearchStrategy[Any]:
    if schema["type"] == "string":
        return _texts(schema)
    if schema["type"] == "null":
        return st.none()
    if schema["type"] == "number":
        return st.floats(schema.get("minimum", -math.inf), schema.get("maximum", math.inf))
    most = schema.get("maximum", schema.get("exclusiveMaximum", 2**53) - 1)
    return st.integers(schema.get("minimum", -(2**53)), most)
