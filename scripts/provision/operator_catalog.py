"""What the operator must be allowed for the data catalog and Athena's workgroup, as a pure function."""

from __future__ import annotations

from provision.normal_form import PolicyDocument

DATABASE_ACTIONS = [
    *("CreateDatabase", "DeleteDatabase", "GetDatabase", "UpdateDatabase"),
    *("CreateTable", "DeleteTable", "GetTable", "UpdateTable"),
    *("GetTags", "TagResource"),
]
WORKGROUP_ACTIONS = [
    *("CreateWorkGroup", "DeleteWorkGroup", "GetWorkGroup", "UpdateWorkGroup"),
    *("ListTagsForResource", "TagResource"),
]


def catalog_statements(stem: str, place: str) -> list[PolicyDocument]:
    """Its own databases, their tables, and its own workgroups; `place` is `<region>:<account>`.

    Glue asks for the right on the catalog too, and, when a database goes, on all that may be in it.
    https://docs.aws.amazon.com/glue/latest/dg/glue-specifying-resource-arns.html
    """
    database = f"{stem.replace('-', '_')}_*"
    catalog = [
        f"arn:aws:glue:{place}:{path}"
        for path in (
            "catalog",
            f"database/{database}",
            f"table/{database}",
            f"userDefinedFunction/{database}",
        )
    ]
    return [
        _allow("OwnDatabases", "glue", DATABASE_ACTIONS, catalog),
        _allow("OwnWorkgroups", "athena", WORKGROUP_ACTIONS, [f"arn:aws:athena:{place}:workgroup/{stem}-*"]),
    ]


def _allow(sid: str, service: str, actions: list[str], resources: list[str]) -> PolicyDocument:
    named = [f"{service}:{action}" for action in actions]
    return {"Sid": sid, "Effect": "Allow", "Action": named, "Resource": resources}
