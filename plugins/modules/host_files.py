#!/usr/bin/python
"""The module `host_files`: many files in one call, because over Session Manager each call costs seconds."""

from __future__ import annotations

import grp
import os
import pwd
import stat
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: host_files
short_description: Write files and folders as given and remove others, in one call
description:
  - Each file is replaced as a whole, and none of them before all are found good.
  - Missing folders are made.
options:
  files:
    description: What must be there.
    type: list
    elements: dict
    required: true
    suboptions:
      path: {description: Where the file is., type: path, required: true}
      content: {description: All of it., type: str, required: true}
      owner: {description: Whom it belongs to., type: str, default: root}
      group: {description: Its group; that of the owner's name when left out., type: str}
      mode: {description: Its mode., type: str, default: "0644"}
      validate:
        description: A command that must end well before the file is put in its place; C(%s) stands for it.
        type: str
  directories:
    description: Folders to make first.
    type: list
    elements: dict
    default: []
    suboptions:
      path: {description: Where the folder is., type: path, required: true}
      owner: {description: Whom it belongs to., type: str, default: root}
      group: {description: Its group; that of the owner's name when left out., type: str}
      mode: {description: Its mode., type: str, default: "0755"}
  absent:
    description: Patterns; what they find and is none of O(files) is removed.
    type: list
    elements: path
    default: []
author: CloudWorks
"""
EXAMPLES = r"""
- name: Write the settings
  host_files:
    files:
      - path: /etc/motd
        content: ""
    absent: ["/etc/update-motd.d/*"]
"""
RETURN = r"""
changed_paths: {description: What was written or removed., type: list, elements: str, returned: always}
"""
OWNERSHIP = {"owner": {"type": "str", "default": "root"}, "group": {"type": "str"}}
DIRECTORY = {
    "path": {"type": "path", "required": True},
    "mode": {"type": "str", "default": "0755"},
    **OWNERSHIP,
}
FILE = {
    **DIRECTORY,
    "mode": {"type": "str", "default": "0644"},
    "content": {"type": "str", "required": True},
    "validate": {"type": "str"},
}


def numbers_of(entry: dict[str, Any]) -> tuple[int, int] | None:
    """The numbers of owner and group; None while there are no such, as in a first check."""
    try:
        owner = pwd.getpwnam(entry["owner"])
        return owner.pw_uid, grp.getgrnam(entry["group"] or entry["owner"]).gr_gid
    except KeyError:
        return None


def mode_of(entry: dict[str, Any]) -> int:
    """The wanted mode as a number."""
    return int(entry["mode"], 8)


def has_ownership(path: Path, entry: dict[str, Any]) -> bool:
    """Whether owner, group and mode are as wanted."""
    seen = path.stat()
    return (seen.st_uid, seen.st_gid) == numbers_of(entry) and stat.S_IMODE(seen.st_mode) == mode_of(entry)


def own(path: Path, entry: dict[str, Any]) -> None:
    """Owner, group and mode are as wanted; raises KeyError when there is no such owner."""
    numbers = numbers_of(entry)
    if numbers is None:
        raise KeyError(f"{entry['path']} must belong to {entry['owner']}, and there is no such user or group")
    os.chown(path, *numbers)
    path.chmod(mode_of(entry))


def text_of(path: Path) -> str | None:
    """The file's text; None where there is no file of its own."""
    return path.read_text(errors="replace") if path.is_file() and not path.is_symlink() else None


def is_file_as_wanted(entry: dict[str, Any]) -> bool:
    """Whether the file has the text, and belongs to whom it must."""
    path = Path(entry["path"])
    return text_of(path) == entry["content"] and has_ownership(path, entry)


def is_directory_as_wanted(entry: dict[str, Any]) -> bool:
    """Whether the folder is there, and belongs to whom it must."""
    return Path(entry["path"]).is_dir() and has_ownership(Path(entry["path"]), entry)


def make_directory(entry: dict[str, Any]) -> None:
    """The folder is there and belongs to whom it must."""
    Path(entry["path"]).mkdir(parents=True, exist_ok=True)
    own(Path(entry["path"]), entry)


def draft_of(module: AnsibleModule, entry: dict[str, Any]) -> Path:
    """The file as it must be, beside its place; its command has said that it is good."""
    target = Path(entry["path"])
    target.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    module.add_cleanup_file(name)
    with os.fdopen(handle, "w") as opened:
        opened.write(entry["content"])
    own(Path(name), entry)
    if entry["validate"]:
        validate(module, entry, name)
    return Path(name)


def validate(module: AnsibleModule, entry: dict[str, Any], draft: str) -> None:
    """The file's command ended well; otherwise the module fails with what it said."""
    command = entry["validate"].replace("%s", draft).split()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = (done.stderr or done.stdout).replace(draft, entry["path"]).strip()
        module.fail_json(msg=f"{entry['path']} was not written: {command[0]} says: {said}")


def found_by(patterns: list[str]) -> list[Path]:
    """What the patterns find, sorted; a link that leads nowhere, too."""
    return sorted({found for pattern in patterns for found in Path("/").glob(pattern.lstrip("/"))})


def difference(path: str, before: str | None, after: str | None) -> dict[str, str]:
    """The difference as Ansible shows it."""
    return {
        "before": before or "",
        "after": after or "",
        "before_header": f"{path}{'' if before is not None else ' (absent)'}",
        "after_header": f"{path}{'' if after is not None else ' (absent)'}",
    }


def settle(module: AnsibleModule, directories: list[Any], files: list[Any], gone: list[Path]) -> None:
    """All of it is done; every draft is good before the first file is replaced."""
    for entry in directories:
        make_directory(entry)
    for draft, entry in [(draft_of(module, entry), entry) for entry in files]:
        draft.replace(entry["path"])
    for path in gone:
        path.unlink()


def main() -> None:
    """Everything is as asked; Ansible is told what was not."""
    module = AnsibleModule(
        argument_spec={
            "files": {"type": "list", "elements": "dict", "required": True, "options": FILE},
            "directories": {"type": "list", "elements": "dict", "default": [], "options": DIRECTORY},
            "absent": {"type": "list", "elements": "path", "default": []},
        },
        supports_check_mode=True,
    )
    asked = module.params
    directories = [entry for entry in asked["directories"] if not is_directory_as_wanted(entry)]
    files = [entry for entry in asked["files"] if not is_file_as_wanted(entry)]
    kept = {entry["path"] for entry in asked["files"]}
    gone = [path for path in found_by(asked["absent"]) if str(path) not in kept]
    differences = [difference(one["path"], text_of(Path(one["path"])), one["content"]) for one in files]
    differences += [difference(str(path), text_of(path) or "", None) for path in gone]
    if not module.check_mode:
        try:
            settle(module, directories, files, gone)
        except (OSError, KeyError) as error:
            module.fail_json(msg=str(error))
    changed = [*(entry["path"] for entry in (*directories, *files)), *map(str, gone)]
    module.exit_json(changed=bool(changed), changed_paths=changed, diff=differences)


if __name__ == "__main__":
    main()
