"""The docs hold together: links lead somewhere, decisions are whole, diagrams match their sources."""

import hashlib
import json
import re
from fnmatch import fnmatch

import pytest
import yaml

from tests.repository import tree

PAGES = tree.paths_ending(".md")
DECISIONS = [path for path in PAGES if path.startswith("docs/decisions/")]
DECISION_PARTS = ["## Status", "## Context", "## Decision", "## Consequences"]
REQUIREMENTS = tree.paths_ending(".in")
PACKAGES = [path for path in tree.paths_ending("package.json") if path.startswith("frontend/")]
EXPLAINED = re.findall(
    r"^\| `([@\w./-]+)` \|", tree.text("docs/decisions/0002-dependencies.md"), flags=re.MULTILINE
)
LINK = re.compile(r"(?<!\\)\]\((?P<target>[^)\s]+)\)")


def npm_names(package: str) -> set[str]:
    """The names of all packages that a package.json asks for."""
    asked = json.loads(tree.text(package))
    return {name for kind in ("dependencies", "devDependencies") for name in asked.get(kind, {})}


def without_code(page: str) -> str:
    return re.sub(r"```.*?```", "", page, flags=re.DOTALL)


def anchors(page: str) -> set[str]:
    """What a link can point at in a page: its headings, as the forge spells them."""
    headings = re.findall(r"^#+ (.+)$", without_code(page), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def is_broken(page: str, target: str) -> bool:
    path, _, anchor = target.partition("#")
    file = (tree.ROOT / page).parent / path if path else tree.ROOT / page
    if not file.exists():
        return True
    return bool(anchor) and anchor not in anchors(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", PAGES)
def test_every_link_of_a_page_resolves(page: str) -> None:
    targets = [found["target"] for found in LINK.finditer(without_code(tree.text(page)))]
    local = [target for target in targets if not re.match(r"https?://|mailto:", target)]
    assert [target for target in local if is_broken(page, target)] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_path_that_a_page_names_exists(page: str) -> None:
    if page == "CHANGELOG.md":  # it names what has been, too
        return
    folders = "scripts|lambda_src|frontend|warehouse|local_stack|shiny|tests|docs|inventory|playbooks"
    named = re.findall(rf"`((?:{folders})/[\w./-]+)`", tree.text(page))
    assert [path for path in named if not (tree.ROOT / path).exists()] == []


def test_every_page_that_code_names_exists() -> None:
    """Decisions are renumbered when work is merged, and comments that name them are not links."""
    endings = (".py", ".yml", ".yaml", ".sh", ".sql", ".ts", ".R", ".in", "Makefile")
    named = {
        f"{path} names {page}": page
        for path in tree.paths_ending(*endings)
        for page in re.findall(r"\bdocs/[\w./-]+\.md\b", tree.text(path))
    }
    assert len(named) > 10
    assert [where for where, page in named.items() if not (tree.ROOT / page).exists()] == []


def test_every_finding_that_is_muted_is_explained_on_the_page_about_them() -> None:
    muted = yaml.safe_load(tree.text("docs/posture_mutelist.yaml"))["Mutelist"]["Accounts"]["*"]["Checks"]
    explained = re.findall(r"`([a-z0-9_]+\*?)`", tree.text("docs/posture.md"))
    assert [check for check in muted if not any(fnmatch(check, name) for name in explained)] == []


def test_there_are_pages_and_decisions_to_check() -> None:
    assert {"README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/architecture.md"} <= set(PAGES)
    assert DECISIONS


@pytest.mark.parametrize("page", DECISIONS)
def test_a_decision_has_its_four_parts_in_order_and_stays_under_a_page(page: str) -> None:
    headings = re.findall(r"^## .+$", tree.text(page), flags=re.MULTILINE)
    assert [heading for heading in headings if heading in DECISION_PARTS] == DECISION_PARTS
    assert len(tree.text(page).splitlines()) <= 80


def test_decisions_are_numbered_without_a_gap() -> None:
    numbers = [int(path.split("/")[-1][:4]) for path in DECISIONS]
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("requirements", REQUIREMENTS)
def test_every_dependency_has_a_line_that_says_why(requirements: str) -> None:
    lines = [line.split("#")[0].strip() for line in tree.text(requirements).splitlines()]
    names = {re.split(r"[\[<>=!~; ]", line)[0] for line in lines if line and not line.startswith("-")}
    assert names - set(EXPLAINED) == set()


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_that_the_frontend_needs_has_a_line_that_says_why(package: str) -> None:
    assert npm_names(package) - set(EXPLAINED) == set()


def test_no_dependency_is_explained_that_is_not_there() -> None:
    required = "\n".join(tree.text(path) for path in REQUIREMENTS).replace(" ", "\n")
    npm = set[str]().union(*(npm_names(package) for package in PACKAGES))
    assert EXPLAINED
    assert [
        name
        for name in EXPLAINED
        if name not in npm and not re.search(rf"(?m)^{re.escape(name)}\b", required)
    ] == []


@pytest.mark.parametrize("source", tree.paths_ending(".dot"))
def test_a_diagram_is_drawn_from_its_source_as_it_stands(source: str) -> None:
    digest = hashlib.sha256((tree.ROOT / source).read_bytes()).hexdigest()
    drawn = tree.text(source.replace(".dot", ".svg"))
    assert f"source sha256 {digest}" in drawn, "the picture is older than its source: make docs"
    assert (tree.ROOT / source.replace(".dot", ".png")).stat().st_size > 0


def test_pre_commit_has_local_hooks_only() -> None:
    config = yaml.safe_load(tree.text(".pre-commit-config.yaml"))
    assert [repository["repo"] for repository in config["repos"]] == ["local"]
    assert {hook["language"] for hook in config["repos"][0]["hooks"]} == {"system"}
