#!/usr/bin/python
"""The module `host_units`: units run with the files that are written, whoever wrote them and whenever.

Handlers are told of a change once, and forgotten when the play fails or the connection is lost before they
run. This module compares what is there instead: a unit that began before its files were written begins again.
"""

from __future__ import annotations

import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: host_units
short_description: Units of systemd are enabled, run, and run with the files that are there
description:
  - A unit that does not run is started. One that began before its own files or O(units[].files) were written
    is restarted or reloaded. One that its conditions kept from running is left alone until its files change.
options:
  units:
    description: The units, in the order in which they are looked after.
    type: list
    elements: dict
    required: true
    suboptions:
      name: {description: The whole name., type: str, required: true}
      files: {description: What it reads when it begins., type: list, elements: path, default: []}
      action: {description: How it reads them anew., type: str, choices: [restart, reload], default: restart}
author: CloudWorks
"""
EXAMPLES = r"""
- name: Run nginx with its configuration
  host_units:
    units:
      - {name: nginx.service, files: [/etc/nginx/nginx.conf], action: reload}
"""
RETURN = r"""
did: {description: Verb and unit of what was done., type: list, elements: str, returned: always}
"""
PROPERTIES = (
    *("Id", "ActiveState", "UnitFileState", "NeedDaemonReload", "ConditionResult"),
    *("FragmentPath", "DropInPaths", "ConditionTimestampMonotonic", "StateChangeTimestampMonotonic"),
)
RUNNING = ("active", "activating", "reloading")
Shown = dict[str, str]


class UnitError(Exception):
    """A unit that can't be made to run; the message says which and what it said."""


@dataclass(frozen=True)
class Unit:
    """A unit as it was found; instants in seconds since 1970."""

    is_enabled: bool  # or can't be
    is_running: bool
    is_kept_from_running: bool  # by a condition of its own
    has_new_unit_file: bool
    begun_at: float  # 0.0: never
    written_at: float  # the newest of its files


def unit_of(shown: Shown, files: list[str], action: str, booted_at: float) -> Unit:
    """Return the unit that systemd shows, with the files that it reads."""
    # conditions are looked at whenever a unit begins; a reload leaves its mark on the state alone
    marks = [
        "ConditionTimestampMonotonic",
        *(["StateChangeTimestampMonotonic"] if action == "reload" else []),
    ]
    begun = max(int(shown.get(mark) or 0) for mark in marks)
    own = [shown.get("FragmentPath", ""), *shown.get("DropInPaths", "").split()]
    paths = [Path(name) for name in (*own, *files) if name]
    return Unit(
        is_enabled=shown.get("UnitFileState") != "disabled",
        is_running=shown["ActiveState"] in RUNNING,
        is_kept_from_running=shown.get("ConditionResult") == "no" and begun > 0,
        has_new_unit_file=shown.get("NeedDaemonReload") == "yes",
        begun_at=booted_at + begun / 1e6 if begun else 0.0,
        written_at=max((path.stat().st_mtime for path in paths if path.exists()), default=0.0),
    )


def verbs_of(unit: Unit, action: str) -> list[str]:
    """Return what systemctl has to be told of the unit."""
    verbs = [] if unit.is_enabled else ["enable"]
    if unit.written_at > unit.begun_at or unit.has_new_unit_file:
        return [*verbs, action if unit.is_running else "restart" if unit.begun_at else "start"]
    if not unit.is_running and not unit.is_kept_from_running:
        return [*verbs, "start"]
    return verbs


def show(names: list[str]) -> list[Shown]:
    """Return what systemd says of the units, in their order."""
    wanted = f"--property={','.join(PROPERTIES)}"
    blocks = systemctl("show", wanted, *names).strip().split("\n\n")
    return [dict(line.split("=", 1) for line in block.splitlines() if "=" in line) for block in blocks]


def systemctl(*words: str) -> str:
    """Return what systemctl prints; a UnitError with its words and the unit's when it fails."""
    done = subprocess.run(["systemctl", *words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        log = ["journalctl", f"--unit={words[-1]}", "--lines=8", "--no-pager", "--output=cat"]
        said = subprocess.run(log, capture_output=True, text=True, check=False).stdout.strip()
        raise UnitError(f"systemctl {' '.join(words)} failed: {done.stderr.strip()}\n{said}".strip())
    return done.stdout


def settle(asked: list[dict[str, Any]], *, is_check: bool) -> list[str]:
    """Return what had to be done, which is done unless it is a check."""
    booted_at = time.time() - time.monotonic()
    shown = show([entry["name"] for entry in asked])
    units = [
        unit_of(one, entry["files"], entry["action"], booted_at)
        for one, entry in zip(shown, asked, strict=True)
    ]
    told = [
        (verb, entry["name"])
        for unit, entry in zip(units, asked, strict=True)
        for verb in verbs_of(unit, entry["action"])
    ]
    if told and not is_check:
        systemctl("daemon-reload")
        for verb, name in told:
            systemctl(verb, name)
    return [f"{verb} {name}" for verb, name in told]


def main() -> None:
    """All units are as asked; Ansible is told what was not."""
    unit = {
        "name": {"type": "str", "required": True},
        "files": {"type": "list", "elements": "path", "default": []},
        "action": {"type": "str", "choices": ["restart", "reload"], "default": "restart"},
    }
    module = AnsibleModule(
        argument_spec={"units": {"type": "list", "elements": "dict", "required": True, "options": unit}},
        supports_check_mode=True,
    )
    try:
        did = settle(module.params["units"], is_check=module.check_mode)
    except UnitError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=bool(did), did=did)


if __name__ == "__main__":
    main()
