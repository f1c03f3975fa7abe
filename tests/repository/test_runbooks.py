"""What a runbook tells people to type can be typed."""

import re
import shlex

import pytest
import watch
from provision import __main__ as provision_command

from tests.repository import tree

RUNBOOKS = [path for path in tree.paths_ending(".md") if path.startswith("docs/runbooks/")]
PARTS = ["**It means**", "**Look at**", "**Do**", "**It is over when**"]


def commands(page: str) -> list[list[str]]:
    """The lines of the page's code blocks, as the shell splits them."""
    blocks = re.findall(r"```sh\n(.*?)```", tree.text(page), flags=re.DOTALL)
    return [shlex.split(line, comments=True) for block in blocks for line in block.splitlines()]


@pytest.mark.parametrize("page", RUNBOOKS)
def test_every_command_of_a_runbook_exists(page: str) -> None:
    assert commands(page)
    for command in commands(page):
        assert command[0] == "python"
        if command[1:3] == ["-m", "provision"]:
            assert command[3] in provision_command.COMMANDS
        elif command[1] == "scripts/watch.py":
            watch.read_arguments(command[2:])  # ends the run, and so the test, on what it does not know
        else:
            options = [part for part in command[2:] if part.startswith("--")]
            assert [option for option in options if f'"{option}"' not in tree.text(command[1])] == []


@pytest.mark.parametrize("page", [page for page in RUNBOOKS if not page.endswith("README.md")])
def test_a_runbook_has_its_four_parts_and_fits_a_screen(page: str) -> None:
    text = tree.text(page)
    places = [text.find(part) for part in PARTS]
    assert -1 not in places
    assert places == sorted(places)
    assert len(text.splitlines()) <= 45


def test_a_setting_that_a_runbook_names_exists() -> None:
    settings = tree.text("inventory/group_vars/all/platform.yml")
    named = {name for page in RUNBOOKS for name in re.findall(r"`(platform_\w+)`", tree.text(page))}
    assert named
    assert [name for name in named if f"\n{name}:" not in settings] == []
