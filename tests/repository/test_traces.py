"""Nothing here names a registry or one machine's folders; product code does not know the emulator."""

import re

import pytest

from tests.repository import tree

# written in two parts, so that this file does not break its own rule
REGISTRY_HOSTS = [
    "deb.debian" + ".org",
    "security.debian" + ".org",
    "snapshot.debian" + ".org",
    "pypi" + ".org",
    "pythonhosted" + ".org",
    "registry.npmjs" + ".org",
    "galaxy.ansible" + ".com",
    "cloud.r-project" + ".org",
    "docker" + ".io",
]
MACHINE_FOLDERS = re.compile(r"(?<![\w.~$}/-])/(?:home/\w+|Users/\w+|work|mnt)/[\w.]")
UNFINISHED = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")


def lines_with(pattern: re.Pattern[str], paths: list[str]) -> list[str]:
    return [
        f"{path}:{number}: {line.strip()[:100]}"
        for path in paths
        for number, line in enumerate(tree.text(path).splitlines(), start=1)
        if pattern.search(line)
    ]


@pytest.mark.parametrize("host", REGISTRY_HOSTS)
def test_no_registry_is_named(host: str) -> None:
    assert lines_with(re.compile(re.escape(host)), tree.text_paths()) == []


def test_no_folder_of_one_machine_is_named() -> None:
    assert lines_with(MACHINE_FOLDERS, tree.text_paths()) == []


def test_nothing_is_left_unfinished() -> None:
    assert lines_with(UNFINISHED, tree.text_paths()) == []


def test_product_code_does_not_know_the_emulator() -> None:
    emulator = re.compile(r"\b(?:moto|localstack|local_stack)\b", re.IGNORECASE)
    code = tree.product_paths(".py", ".sql", ".R", ".yml")
    assert code
    assert lines_with(emulator, code) == []
