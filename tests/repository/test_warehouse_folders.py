"""Every mart is a folder that says its grain, its meaning and its checks; migrations have one order."""

import re

import pytest
import yaml

from tests.repository import tree

MARTS = sorted({path.split("/")[2] for path in tree.paths() if re.match(r"warehouse/marts/[^/]+/", path)})
MIGRATIONS = {
    database: sorted(
        path.split("/")[-1]
        for path in tree.paths_ending(".sql")
        if path.startswith(f"{database}/migrations/")
    )
    for database in ("warehouse", "oltp")
}


def mart_file(mart: str, name: str) -> str:
    return tree.text(f"warehouse/marts/{mart}/{name}")


def test_there_are_marts_and_migrations_to_check() -> None:
    assert MARTS
    assert all(MIGRATIONS.values())


@pytest.mark.parametrize("mart", MARTS)
def test_a_mart_says_its_grain_in_its_first_line(mart: str) -> None:
    assert re.match(r"-- Grain: one row per \w+", mart_file(mart, "query.sql"))


@pytest.mark.parametrize("mart", MARTS)
def test_a_mart_says_what_it_is_about(mart: str) -> None:
    about = yaml.safe_load(mart_file(mart, "about.yml"))
    assert about["table"] == f"mart.{mart}"
    assert about["grain"]
    assert about["about"]
    assert about["columns"]


@pytest.mark.parametrize("mart", MARTS)
def test_a_mart_is_checked_by_queries_that_name_their_rule(mart: str) -> None:
    statements = [part for part in mart_file(mart, "checks.sql").split(";") if "select" in part]
    assert statements
    assert [part for part in statements if " as rule" not in part] == []


@pytest.mark.parametrize("mart", MARTS)
def test_a_mart_names_its_columns(mart: str) -> None:
    assert not re.search(r"\bselect\s+\*|\bgroup by\s+\d", mart_file(mart, "query.sql"), re.IGNORECASE)


@pytest.mark.parametrize("database", MIGRATIONS)
def test_migrations_are_numbered_without_a_gap_and_named_after_what_they_do(database: str) -> None:
    names = MIGRATIONS[database]
    assert [name[:4] for name in names] == [f"{number:04d}" for number in range(1, len(names) + 1)]
    verbs = "add|alter|create|drop|grant|move|rename|revoke"
    assert [name for name in names if not re.fullmatch(rf"\d{{4}}_(?:{verbs})_[a-z0-9_]+\.sql", name)] == []


MIGRATION_TEXTS = "".join(tree.text(f"warehouse/migrations/{name}") for name in MIGRATIONS["warehouse"])
SQL = re.sub(r"--.*", "", MIGRATION_TEXTS + "".join(mart_file(mart, "query.sql") for mart in MARTS))
FUNCTION = re.compile(
    r"create function mart\.(\w+)\((.*?)\)\s+returns (?:table \((.*?)\)|\S+)\s+(language .*?)\s+as \$\$",
    re.DOTALL,
)
# what no other SQL of ours calls is there for readers
FUNCTIONS = {
    found.group(1): found
    for found in FUNCTION.finditer(SQL)
    if not re.search(rf"(?<!function )mart\.{found.group(1)}\(", SQL)
}
ABOUT_FUNCTIONS = {
    name: about
    for mart in MARTS
    for name, about in yaml.safe_load(mart_file(mart, "about.yml")).get("functions", {}).items()
}


def names_in(columns: str) -> list[str]:
    return [column.split()[0] for column in columns.split(",") if column.strip()]


def test_every_function_for_readers_is_described_and_every_described_one_is_there() -> None:
    assert FUNCTIONS.keys() == ABOUT_FUNCTIONS.keys() > set()
    assert len(FUNCTION.findall(SQL)) == SQL.count("create function mart.")


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_says_what_each_argument_and_column_means(function: str) -> None:
    about, found = ABOUT_FUNCTIONS[function], FUNCTIONS[function]
    assert about["about"]
    assert list(about["arguments"]) == names_in(found.group(2))
    assert list(about.get("columns", {})) == names_in(found.group(3) or "")


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_has_the_readers_rights_and_changes_nothing(function: str) -> None:
    terms = FUNCTIONS[function].group(4)
    assert re.search(r"\b(stable|immutable)\b", terms)
    assert "parallel safe" in terms
    assert "security definer" not in terms
    assert f"revoke all on function mart.{function}(" in SQL
    assert re.search(rf"grant execute on function mart\.{function}\([^)]*\) to warehouse_reader;", SQL)
