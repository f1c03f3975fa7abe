"""Names what a call to Glue or Athena acts on. Pure.

Glue asks for the right on the whole path to a thing: the catalog, the database, the table. Source: "AWS Glue
resource ARNs" in its developer guide, and the Service Authorization Reference.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Arn = Callable[[str, str], str]


def glue_resources(operation: str, parameters: Mapping[str, Any], arn: Arn) -> list[str]:
    """Return the ARNs on the path to the database or table; `arn` makes one from service and rest."""
    if "ResourceArn" in parameters:  # tags
        return [str(parameters["ResourceArn"])]
    is_table = operation.endswith(("Table", "Tables"))
    input_ = parameters.get("TableInput" if is_table else "DatabaseInput") or {}
    name = parameters.get("Name") or input_.get("Name")
    database = parameters.get("DatabaseName") if is_table else name
    if not database:
        return []
    found = [arn("glue", "catalog"), arn("glue", f"database/{database}")]
    if is_table and name:
        found.append(arn("glue", f"table/{database}/{name}"))
    if operation == "DeleteDatabase":  # what is in it goes with it
        found += [arn("glue", f"table/{database}/*"), arn("glue", f"userDefinedFunction/{database}/*")]
    return found


def athena_resources(parameters: Mapping[str, Any], arn: Arn) -> list[str]:
    """Return the ARN of the workgroup."""
    if "ResourceARN" in parameters:  # tags
        return [str(parameters["ResourceARN"])]
    name = parameters.get("WorkGroup") or parameters.get("Name")
    return [arn("athena", f"workgroup/{name}")] if name else []
