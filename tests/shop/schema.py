"""The published description of the shop's API, as a judge of its answers."""

import json
from pathlib import Path
from typing import Any

import jsonschema

OPENAPI: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "docs" / "shop-api.openapi.json").read_text()
)


def validator_of(name: str) -> jsonschema.Draft202012Validator:
    """Return the judge of one of the description's schemas."""
    assert name in OPENAPI["components"]["schemas"]
    reference = {"$ref": f"#/components/schemas/{name}", "components": OPENAPI["components"]}
    return jsonschema.Draft202012Validator(reference)


def judge(route: str, status: int, content_type: str, body: object) -> None:
    """The answer to `route` ("GET /v1/health") is one that the description allows."""
    method, _, path = route.partition(" ")
    described: dict[str, Any] = OPENAPI["paths"][path][method.lower()]["responses"][str(status)]
    if "$ref" in described:
        described = OPENAPI["components"]["responses"][described["$ref"].rpartition("/")[2]]
    schema = described["content"][content_type]["schema"]["$ref"]
    validator_of(schema.rpartition("/")[2]).validate(body)
