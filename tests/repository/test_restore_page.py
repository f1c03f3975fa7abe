"""What docs/restore.md tells people to type is what the trials in molecule/ run."""

import re
import shlex
from contextlib import nullcontext
from itertools import pairwise
from pathlib import PurePath
from typing import Any

import pytest
import yaml
from provision import __main__ as provision_command

from roles.postgresql.files.upkeep.command import parser
from tests.repository import roles, tree

PAGE = tree.text("docs/restore.md")
BLOCKS = re.findall(r"```sh\n(.*?)```", PAGE, flags=re.DOTALL)
SPANS = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL))
TRIAL = [path for path in tree.paths_ending(".yml") if path.startswith("molecule/postgresql/")]
Values = dict[str, str]


def commands(program: str) -> list[list[str]]:
    """The commands of the page that begin with a program, as the shell splits them; blanks are none."""
    lines = [line for block in BLOCKS for line in block.replace("\\\n", " ").splitlines()] + SPANS
    return [
        shlex.split(line, comments=True)[1:] for line in lines if re.match(rf"{re.escape(program)}\s", line)
    ]


def extra(command: list[str]) -> Values:
    """The variables that a command gives by -e."""
    given = [word for option, word in pairwise(command) if option == "-e"]
    return dict(word.split("=", 1) for word in given)


def tried() -> list[tuple[str, Values]]:
    """Playbooks and roles that the trial runs, by their names, and the variables that each is given."""
    items = [item for path in TRIAL for item in _everything(roles.parsed(path))]
    found = []
    for item in items:
        values = {name: _word(value) for name, value in (item.get("vars") or {}).items()}
        if "ansible.builtin.import_playbook" in item:
            found.append((PurePath(item["ansible.builtin.import_playbook"]).name, values))
        if "ansible.builtin.include_role" in item:
            found.append((item["ansible.builtin.include_role"]["name"], values))
    return found


def _everything(listed: Any) -> list[dict[str, Any]]:
    """Every play, block and task of a file."""
    found = []
    for item in listed if isinstance(listed, list) else []:
        found.append(item)
        for part in ("block", "rescue", "always", "tasks"):
            found += _everything(item.get(part))
    return found


def _word(value: Any) -> str:
    return str(yaml.safe_dump(value).splitlines()[0]) if isinstance(value, bool) else str(value)


PLAYBOOKS = [command for command in commands("ansible-playbook") if command[0].startswith("playbooks/")]
SITE = [command for command in commands("ansible-playbook") if command[0] == "site.yml"]
# the other answer, in a sentence of its own
ANSWERS = [extra(shlex.split(span)) for span in SPANS if span.startswith("-e ")]


def test_the_page_has_commands() -> None:
    assert len(PLAYBOOKS) >= 4
    assert len(SITE) >= 2


@pytest.mark.parametrize("command", PLAYBOOKS, ids=" ".join)
def test_a_playbook_of_the_page_is_run_by_the_trial_with_these_variables(command: list[str]) -> None:
    runs = [set(values) for name, values in tried() if name == PurePath(command[0]).name]
    assert [run for run in runs if set(extra(command)) <= run], f"molecule/postgresql runs it with {runs}"


@pytest.mark.parametrize("given", [*map(extra, SITE), *ANSWERS], ids=str)
def test_a_value_given_to_site_yml_is_given_to_its_role_by_the_trial(given: Values) -> None:
    for name, value in given.items():
        role = name.split("_")[0]
        assert name in roles.options(role)
        assert [run for _, run in tried() if run.get(name) == value], f"no trial sets {name}={value}"


def test_the_shell_of_the_page_is_read_from_the_page_by_the_trial() -> None:
    """Blocks that are neither Ansible's nor the toolkit's: the trial runs them as they stand."""
    own = [block for block in BLOCKS if not block.startswith(("ansible-playbook ", "python "))]
    headings = [PAGE[: PAGE.index(block)].rpartition("\n## ")[2].splitlines()[0] for block in own]
    assert headings
    written = "".join(tree.text(path) for path in TRIAL)
    assert [heading for heading in headings if f"'## {heading}'" not in written] == []


def test_every_other_command_of_the_page_exists() -> None:
    for command in commands("postgresql-upkeep"):
        with pytest.raises(SystemExit) if command == ["--help"] else nullcontext():
            parser().parse_args(command)
    for command in commands("python"):
        if command[:2] == ["-m", "provision"]:
            assert command[2] in provision_command.COMMANDS
        else:
            assert (tree.ROOT / command[0]).is_file()
