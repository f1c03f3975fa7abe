"""Adds to moto 5.2.5's Lambda what versions, aliases and asynchronous calls need. Each names its gap."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

from moto.awslambda.exceptions import UnknownEventConfig
from moto.awslambda.models import LambdaStorage
from moto.awslambda.responses import LambdaResponse

from local_stack.aws.moto_types import Moto, replace_methods

LATEST = "$LATEST"


def install() -> None:
    """Put every gap's filling in place."""
    replace_methods(
        LambdaStorage, publish_version=_publish_version, list_versions_by_function=_list_versions_by_function
    )
    replace_methods(
        LambdaResponse,
        put_function_event_invoke_config=_put_event_invoke_config,
        update_function_event_invoke_config=_put_event_invoke_config,
        get_function_event_invoke_config=_get_event_invoke_config,
        delete_function_event_invoke_config=_delete_event_invoke_config,
    )
    _read_qualifiers()


def settings_of_calls(latest: Moto) -> dict[str, dict[str, Any]]:
    """Return a function's settings of asynchronous calls by qualifier."""
    found: dict[str, dict[str, Any]] = latest.__dict__.setdefault("settings_of_calls", {})
    return found


def _publish_version(storage: Moto, name_or_arn: str, description: str = "") -> Moto:
    """moto counts the versions that are left, so that after a deletion a number is given twice."""
    function = storage.get_function_by_name_or_arn_forbid_qualifier(name_or_arn)
    versions = storage._functions[function.function_name]["versions"]
    if versions and not function.code_or_config_updated:
        return versions[-1]
    function.code_or_config_updated = False
    function.newest_version = getattr(function, "newest_version", 0) + 1
    published = copy.copy(function)
    published.set_version(function.newest_version)
    published.description = description or published.description
    versions.append(published)
    storage._arns[published.function_arn] = published
    return published


def _list_versions_by_function(storage: Moto, name: str) -> Iterable[Moto]:
    """moto calls the draft version 1, as it calls the first published one."""
    if name not in storage._functions:
        return []
    latest = copy.copy(storage._functions[name]["latest"])
    latest.function_arn, latest.version = f"{latest.function_arn}:{LATEST}", LATEST
    return [latest, *storage._functions[name]["versions"]]


def _read_qualifiers() -> None:
    """moto's Invoke looks for `qualifier`, every client sends `Qualifier`: it runs the draft for an alias."""
    invoke = LambdaResponse.invoke

    def invoked(response: Moto) -> Moto:
        if "Qualifier" in response.querystring:
            response.querystring["qualifier"] = response.querystring["Qualifier"]
        return invoke(response)

    replace_methods(LambdaResponse, invoke=invoked)


def _function_and_qualifier(response: Moto) -> tuple[Moto, str]:
    name = unquote(response.path.rsplit("/", 2)[-2])
    qualifier = response.querystring.get("Qualifier", [LATEST])[0]
    response.backend.get_function(name, qualifier)  # there must be such a version or alias
    return response.backend.get_function(name), qualifier


def _described(latest: Moto, qualifier: str, config: dict[str, Any]) -> str:
    answer = {"FunctionArn": f"{latest.function_arn}:{qualifier}", "LastModified": 0.0, **config}
    return json.dumps(answer)


def _put_event_invoke_config(response: Moto) -> tuple[int, dict[str, str], str]:
    """moto keeps one for all qualifiers, and answers with the first that was ever put."""
    latest, qualifier = _function_and_qualifier(response)
    names = ("MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig")
    wanted = {name: response.json_body[name] for name in names if name in response.json_body}
    settings_of_calls(latest)[qualifier] = wanted
    return 200, {}, _described(latest, qualifier, wanted)


def _get_event_invoke_config(response: Moto) -> tuple[int, dict[str, str], str]:
    """See _put_event_invoke_config."""
    latest, qualifier = _function_and_qualifier(response)
    config = settings_of_calls(latest).get(qualifier)
    if config is None:
        raise UnknownEventConfig(f"{latest.function_arn}:{qualifier}")
    return 200, {}, _described(latest, qualifier, config)


def _delete_event_invoke_config(response: Moto) -> tuple[int, dict[str, str], str]:
    """See _put_event_invoke_config."""
    latest, qualifier = _function_and_qualifier(response)
    if settings_of_calls(latest).pop(qualifier, None) is None:
        raise UnknownEventConfig(f"{latest.function_arn}:{qualifier}")
    return 204, {}, ""
