#!/usr/bin/python
"""The module `postgresql_files`: many files in one call; over Session Manager each call costs seconds."""

from __future__ import annotations

import grp
import os
import pwd
import stat
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: postgresql_files
short_description: Write many files at once
description:
  - Each file is replaced by one that is whole, with its owner and mode. Missing folders are made.
options:
  files:
    description: The files, each with path and content; owner, group and mode where they are not root's 0644.
    type: list
    elements: dict
    required: true
  directories:
    description: Folders to make first, each with path, owner, group and mode.
    type: list
    elements: dict
    default: []
author: CloudWorks
"""

RETURN = r"""
changed_files: {description: Paths of what was written, type: list, elements: str, returned: always}
"""


def identity(entry: dict[str, Any]) -> tuple[int, int] | None:
    """Return the numbers of owner and group; None when they are not there yet, as in a first check."""
    try:
        owner = pwd.getpwnam(entry.get("owner", "root")).pw_uid
        return owner, grp.getgrnam(entry.get("group", entry.get("owner", "root"))).gr_gid
    except KeyError:
        return None


def is_as_wanted(path: Path, entry: dict[str, Any], mode: int) -> bool:
    """Whether owner, group and mode are right."""
    seen = path.stat()
    return (seen.st_uid, seen.st_gid) == identity(entry) and stat.S_IMODE(seen.st_mode) == mode


def own(path: Path, entry: dict[str, Any], mode: int) -> None:
    """Owner, group and mode are right; a KeyError names an owner that does not exist."""
    found = identity(entry)
    if found is None:
        raise KeyError(f"{path} is to belong to {entry.get('owner')}, and there is no such user or group")
    os.chown(path, *found)
    path.chmod(mode)


def settle_directory(entry: dict[str, Any], dry: bool) -> bool:
    """The folder is there. Whether it had to be made or changed."""
    path, mode = Path(entry["path"]), int(entry.get("mode", "0755"), 8)
    if path.is_dir() and is_as_wanted(path, entry, mode):
        return False
    if not dry:
        path.mkdir(parents=True, exist_ok=True)
        own(path, entry, mode)
    return True


def settle_file(entry: dict[str, Any], dry: bool) -> dict[str, str] | None:
    """The file is there, whole. Return the difference, None when there was none."""
    path, mode, content = Path(entry["path"]), int(entry.get("mode", "0644"), 8), entry["content"]
    before = path.read_text() if path.is_file() else ""
    if path.is_file() and before == content and is_as_wanted(path, entry, mode):
        return None
    if not dry:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(path.name + ".part")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(content)
        own(part, entry, mode)
        part.replace(path)
    return {"before": before, "after": content, "before_header": str(path), "after_header": str(path)}


def main() -> None:
    """Ansible calls this on the host."""
    module = AnsibleModule(
        argument_spec={
            "files": {"type": "list", "elements": "dict", "required": True},
            "directories": {"type": "list", "elements": "dict", "default": []},
        },
        supports_check_mode=True,
    )
    try:
        made = [entry for entry in module.params["directories"] if settle_directory(entry, module.check_mode)]
        found = {entry["path"]: settle_file(entry, module.check_mode) for entry in module.params["files"]}
    except (OSError, KeyError) as error:
        module.fail_json(msg=str(error))
    written = {path: difference for path, difference in found.items() if difference}
    module.exit_json(
        changed=bool(made or written), changed_files=sorted(written), diff=list(written.values())
    )


if __name__ == "__main__":
    main()
