"""What the roles of this checkout hold, read as data."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml

from tests.repository import tree

Options = dict[str, dict[str, Any]]
MAIN = re.compile(r"roles/(\w+)/tasks/main\.yml")
NAMES = sorted(found[1] for path in tree.paths() if (found := MAIN.fullmatch(path)))


class Task(NamedTuple):
    """A task, and where it stands."""

    path: str
    keywords: dict[str, Any]

    @property
    def name(self) -> str:
        """How the task calls itself."""
        return str(self.keywords.get("name", ""))

    def __str__(self) -> str:
        return f"{self.path}: {self.name or sorted(self.keywords)}"


def parsed(path: str) -> Any:
    """The YAML file's content; None where there is no such file."""
    return yaml.safe_load(tree.text(path)) if (tree.ROOT / path).is_file() else None


def defaults(role: str) -> dict[str, Any]:
    """What roles/<role>/defaults/main.yml sets."""
    return parsed(f"roles/{role}/defaults/main.yml") or {}


def internals(role: str) -> dict[str, Any]:
    """What roles/<role>/vars/main.yml sets."""
    return parsed(f"roles/{role}/vars/main.yml") or {}


def options(role: str) -> Options:
    """The variables that the role's specs know."""
    specs: dict[str, Any] = parsed(f"roles/{role}/meta/argument_specs.yml")["argument_specs"]["main"]
    known: Options = specs.get("options", {})
    return known


def files(role: str, folder: str, *endings: str) -> list[str]:
    """The role's files below one of its folders that end in one of the endings."""
    return [path for path in tree.paths_ending(*endings) if path.startswith(f"roles/{role}/{folder}/")]


def tasks(role: str) -> list[Task]:
    """Every task of the role, those within blocks too; a block itself counts as one."""
    return [task for path in files(role, "tasks", ".yml") for task in within(path, parsed(path))]


def scenario_tasks(role: str) -> list[Task]:
    """Every task of the role's Molecule scenario."""
    paths = [
        path for path in tree.paths_ending(".yml") if re.fullmatch(rf"molecule/{role}/(?!molecule\.).*", path)
    ]
    return [task for path in paths for task in within(path, parsed(path))]


def within(path: str, listed: Any) -> Iterator[Task]:
    """The tasks of a list of plays, blocks or tasks."""
    for item in listed if isinstance(listed, list) else []:
        if "hosts" not in item and "ansible.builtin.import_playbook" not in item:
            yield Task(path, item)
        for part in ("block", "rescue", "always", "pre_tasks", "tasks", "post_tasks", "handlers"):
            yield from within(path, item.get(part))
