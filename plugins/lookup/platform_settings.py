"""The settings of the environment that a run is about, for what Ansible reads before any play."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase
from ansible.utils.vars import load_extra_vars

DOCUMENTATION = """
name: platform_settings
short_description: The settings file of the environment that this run is about
description:
  - Reads the file that C(-e settings_file=…) names, below the project's folder unless it is a whole path,
    else C(inventory/group_vars/all/platform.yml). An inventory plugin sees no variables; this is how it
    comes to know region, project and environment.
options:
  _terms:
    description: C(path) for the path of the file; nothing for what it says.
    type: list
    elements: str
"""
EXAMPLES = """
regions: ["{{ lookup('platform_settings').platform_region }}"]
vars_files: ["{{ lookup('platform_settings', 'path') }}"]
"""
RETURN = """
_raw:
  description: All settings, with their prefix C(platform_), or the path.
  type: list
"""

PROJECT = Path(__file__).resolve().parents[2]
DEFAULT = "inventory/group_vars/all/platform.yml"


class LookupModule(LookupBase):  # type: ignore[misc]  # Ansible has no types
    """`lookup('platform_settings')`."""

    def run(self, terms: list[str], *_: object, **__: object) -> list[Any]:
        """The settings or their path, as a list of one."""
        named = str(load_extra_vars(self._loader).get("settings_file", DEFAULT))
        path = PROJECT / named
        if terms == ["path"]:
            return [str(path)]
        try:
            settings = yaml.safe_load(path.read_text(encoding="utf-8"))
        except (OSError, yaml.YAMLError) as error:
            raise AnsibleLookupError(
                f"the settings file must be readable: {error}; next: name another one with -e settings_file=…"
            ) from error
        return [settings]
