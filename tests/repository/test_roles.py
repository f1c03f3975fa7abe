"""Every role has one shape: specs say what is checked, defaults are the manual, tasks can be read."""

import re
from typing import Any

import pytest
import role_readmes
import yaml

from tests.repository import roles, tree

SKELETON = ("README.md", "defaults/main.yml", "meta/main.yml", "meta/argument_specs.yml", "tasks/main.yml")
SCENARIO = ("molecule.yml", "converge.yml", "verify.yml")
TASK_FILE_LINES = 100
TYPES: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "path": (str,),
    "int": (int,),
    "float": (float, int),
    "bool": (bool,),
    "list": (list,),
    "dict": (dict,),
}
SECRET = re.compile(r"passwords?$|passphrase|secret|token|private_key|_key$")
# "Installing", "Installed" and "Installs" are no commands; these end so and are
NO_COMMAND = re.compile(r"(?!(?:Bring|Embed|Feed|Need|Ping|Ring|Seed)\b)(?:\w+ing|\w+ed|\w+[^s]s)\b")

each_role = pytest.mark.parametrize("role", roles.NAMES)


def uses_of(names: set[str], role: str) -> set[str]:
    """The names, and those of the role's variables that are made of them."""
    made = {**roles.defaults(role), **roles.internals(role)}
    known = set(names)
    while grown := {name for name, value in made.items() if name not in known and mentions(value, known)}:
        known |= grown
    return known


def mentions(value: Any, names: set[str]) -> bool:
    """Whether an expression, or anything in a structure of them, has one of the names in it."""
    written = yaml.safe_dump(value) if not isinstance(value, str) else value
    return any(re.search(rf"(?<![\w.]){name}\b", written) for name in names)


def secrets(role: str) -> set[str]:
    return {name for name, option in roles.options(role).items() if option.get("no_log")}


def template_text(task: roles.Task, role: str) -> str:
    """The text of the templates and files of the role that the task names."""
    written = yaml.safe_dump(task.keywords)
    named = [path for path in roles.files(role, "templates", "") if path.split("/templates/")[1] in written]
    return "".join(tree.text(path) for path in named)


def is_block(task: roles.Task) -> bool:
    return "block" in task.keywords


def test_there_are_roles() -> None:
    assert "base" in roles.NAMES


@each_role
def test_a_role_has_the_files_that_every_role_has(role: str) -> None:
    assert [name for name in SKELETON if f"roles/{role}/{name}" not in tree.paths()] == []


@each_role
def test_a_role_has_a_molecule_scenario(role: str) -> None:
    assert [name for name in SCENARIO if f"molecule/{role}/{name}" not in tree.paths()] == []


@each_role
def test_the_specs_of_a_role_equal_its_defaults(role: str) -> None:
    """Ansible checks by the specs and takes values from the defaults: two places, one truth."""
    specified = {
        name: option["default"] for name, option in roles.options(role).items() if "default" in option
    }
    assert specified == roles.defaults(role)


@each_role
def test_a_variable_of_a_role_has_a_default_or_must_be_given(role: str) -> None:
    undecided = [
        name
        for name, option in roles.options(role).items()
        if ("default" in option) == bool(option.get("required")) or not option.get("description")
    ]
    assert undecided == []


@each_role
def test_a_default_has_the_type_that_the_specs_say(role: str) -> None:
    wrong = [
        name
        for name, option in roles.options(role).items()
        if "default" in option
        and "{{" not in str(option["default"])
        and not isinstance(option["default"], TYPES[option["type"]])
    ]
    assert wrong == []


@each_role
def test_a_name_begins_with_its_role(role: str) -> None:
    public = [*roles.options(role), *roles.defaults(role)]
    assert [name for name in public if not name.startswith(f"{role}_")] == []
    internal = [
        *roles.internals(role),
        *(task.keywords["register"] for task in roles.tasks(role) if "register" in task.keywords),
        *(name for task in roles.tasks(role) for name in task.keywords.get("ansible.builtin.set_fact", {})),
        *(name for task in roles.tasks(role) for name in task.keywords.get("vars", {})),
    ]
    assert [name for name in internal if not name.startswith((f"__{role}_", "ansible_"))] == []


@each_role
def test_the_readme_of_a_role_is_what_its_specs_say(role: str) -> None:
    assert role_readmes.outdated([tree.ROOT / "roles" / role]) == [], "Next: python scripts/role_readmes.py"


@each_role
def test_a_task_file_is_no_longer_than_its_limit(role: str) -> None:
    sizes = {path: len(tree.text(path).splitlines()) for path in roles.files(role, "tasks", ".yml")}
    assert {path: size for path, size in sizes.items() if size > TASK_FILE_LINES} == {}


@each_role
def test_a_task_is_named_in_the_imperative(role: str) -> None:
    named = [task for task in [*roles.tasks(role), *roles.scenario_tasks(role)] if not is_block(task)]
    assert [
        str(task)
        for task in named
        if not re.match(r"[A-Z]", task.name) or task.name.startswith("Ensure") or NO_COMMAND.match(task.name)
    ] == []


@each_role
def test_a_secret_is_marked_as_one(role: str) -> None:
    found = [name for name in roles.options(role) if SECRET.search(name)]
    assert [name for name in found if name not in secrets(role)] == []


@each_role
def test_a_task_with_a_secret_says_nothing_of_it(role: str) -> None:
    known = uses_of(secrets(role), role)
    talkative = [
        str(task)
        for task in roles.tasks(role)
        if known
        and not is_block(task)
        and (mentions(task.keywords, known) or mentions(template_text(task, role), known))
        and not task.keywords.get("no_log")
    ]
    assert talkative == []


@each_role
def test_a_role_has_no_handlers(role: str) -> None:
    """A play that fails, or is cut off, forgets them: `host_units` looks at what runs with which files."""
    assert roles.files(role, "handlers", "") == []
    assert [str(task) for task in roles.tasks(role) if "notify" in task.keywords] == []


@each_role
def test_a_role_installs_what_the_mirror_knows(role: str) -> None:
    """A package that a task names itself, and not roles/packages.yml, would be missing in the VPC."""
    installs = [
        task
        for task in roles.tasks(role)
        if task.keywords.get("ansible.builtin.apt", {}).get("state", "present") != "absent"
        and "name" in task.keywords.get("ansible.builtin.apt", {})
    ]
    assert [
        str(task)
        for task in installs
        if f"__{role}_" not in str(task.keywords["ansible.builtin.apt"]["name"])
    ] == []
    assert not installs or (roles.parsed("roles/packages.yml") or {}).get(role)


def test_packages_are_listed_for_roles_and_sorted() -> None:
    listed: dict[str, list[str]] = roles.parsed("roles/packages.yml")
    assert set(listed) - set(roles.NAMES) == set()
    assert {role: names for role, names in listed.items() if names != sorted(set(names))} == {}
