"""Adds to moto 5.2.5 what the data catalog needs and moto lacks. Each function names its gap."""

from __future__ import annotations

from typing import Any

from moto.athena.models import AthenaBackend
from moto.athena.responses import AthenaResponse
from moto.core.exceptions import JsonRESTError
from moto.glue.models import GlueBackend

from local_stack.aws.moto_types import Moto, replace_methods


def install() -> None:
    """Put every gap's filling in place."""
    _forget_tags_of_deleted_databases()
    _refuse_unknown_workgroups()
    replace_methods(AthenaResponse, update_work_group=_update_work_group)


def _forget_tags_of_deleted_databases() -> None:
    """moto goes on listing a deleted database by its tags."""
    delete = GlueBackend.delete_database

    def deleted(backend: Moto, database_name: str) -> None:
        delete(backend, database_name)
        arn = f"arn:aws:glue:{backend.region_name}:{backend.account_id}:database/{database_name}"
        backend.tagger.delete_all_tags_for_resource(arn)

    replace_methods(GlueBackend, delete_database=deleted)


def _refuse_unknown_workgroups() -> None:
    """moto answers with an empty workgroup where AWS says that there is none."""
    get = AthenaBackend.get_work_group

    def got(backend: Moto, name: str) -> dict[str, Any]:
        found = get(backend, name)
        if found is None:
            raise JsonRESTError("InvalidRequestException", f"WorkGroup {name} is not found.")
        return found

    replace_methods(AthenaBackend, get_work_group=got)


def _update_work_group(response: Moto) -> str:
    """moto cannot change a workgroup."""
    name = response._get_param("WorkGroup")
    response.athena_backend.get_work_group(name)
    group = response.athena_backend.work_groups[name]
    changes = dict(response._get_param("ConfigurationUpdates") or {})
    results = changes.pop("ResultConfigurationUpdates", {})
    group.configuration |= changes
    group.configuration["ResultConfiguration"] = {
        **group.configuration.get("ResultConfiguration", {}),
        **results,
    }
    group.description = response._get_param("Description") or group.description
    group.state = response._get_param("State") or group.state
    return "{}"
