"""An Ansible module: many files as they should be, in one call. Over Session Manager each costs seconds."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
---
module: base_files
short_description: Writes files as given and removes others, in one call
description:
  - Each file is replaced as a whole and at once; folders that are missing are made.
  - Files belong to root.
author: CloudWorks
options:
  files:
    description: What must be there.
    type: list
    elements: dict
    required: true
    suboptions:
      path: {description: Where the file is., type: path, required: true}
      content: {description: All of it., type: str, required: true}
      mode: {description: Its mode., type: str, default: "0644"}
      validate:
        description: A command that must end well before the file is put in its place; C(%s) stands for it.
        type: str
  absent:
    description: Patterns; what they find and is none of O(files) is removed.
    type: list
    elements: path
    default: []
"""
EXAMPLES = """
- name: Write the settings
  base_files:
    files:
      - path: /etc/motd
        content: ""
    absent: ["/etc/update-motd.d/*"]
"""
RETURN = """
changed_paths:
  description: What was written or removed.
  type: list
  elements: str
  returned: always
"""
FILE = {
    "path": {"type": "path", "required": True},
    "content": {"type": "str", "required": True},
    "mode": {"type": "str", "default": "0644"},
    "validate": {"type": "str"},
}


def live_of(path: Path) -> tuple[str | None, int, bool]:
    """The file's text, mode, and whether it is root's; None where there is no file."""
    if not path.is_file() or path.is_symlink():
        return None, 0, False
    status = path.stat()
    return path.read_text(errors="replace"), status.st_mode & 0o7777, status.st_uid == status.st_gid == 0


def is_as_wanted(file: dict[str, Any]) -> bool:
    """Whether the file has the text and the mode, and is root's."""
    return live_of(Path(file["path"])) == (file["content"], int(file["mode"], 8), True)


def draft_of(module: AnsibleModule, file: dict[str, Any]) -> Path:
    """The file as it should be, beside its place; its command has said that it is good."""
    target = Path(file["path"])
    target.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    module.add_cleanup_file(name)
    with os.fdopen(handle, "w") as opened:
        opened.write(file["content"])
    os.chown(name, 0, 0)
    draft = Path(name)
    draft.chmod(int(file["mode"], 8))
    if file["validate"]:
        validate(module, file, name)
    return draft


def validate(module: AnsibleModule, file: dict[str, Any], draft: str) -> None:
    """The file's command ended well; otherwise the module fails with what it said."""
    command = file["validate"].replace("%s", draft).split()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = (done.stderr or done.stdout).replace(draft, file["path"]).strip()
        module.fail_json(msg=f"{file['path']} was not written: {command[0]} says: {said}")


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


def main() -> None:
    """Everything is as asked; Ansible is told what was not."""
    module = AnsibleModule(
        argument_spec={
            "files": {"type": "list", "elements": "dict", "required": True, "options": FILE},
            "absent": {"type": "list", "elements": "path", "default": []},
        },
        supports_check_mode=True,
    )
    files = [file for file in module.params["files"] if not is_as_wanted(file)]
    kept = {file["path"] for file in module.params["files"]}
    gone = [path for path in found_by(module.params["absent"]) if str(path) not in kept]
    differences = [
        difference(file["path"], live_of(Path(file["path"]))[0], file["content"]) for file in files
    ]
    differences += [difference(str(path), live_of(path)[0] or "", None) for path in gone]
    if not module.check_mode:
        # every draft is good before the first file is replaced
        for draft, file in [(draft_of(module, file), file) for file in files]:
            draft.replace(file["path"])
        for path in gone:
            path.unlink()
    changed = [*(file["path"] for file in files), *map(str, gone)]
    module.exit_json(changed=bool(changed), changed_paths=changed, diff=differences)


if __name__ == "__main__":
    main()
