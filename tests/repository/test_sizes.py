"""No file and no function above its limit without a reasoned line here."""

import ast

import pytest

from tests.repository import tree

FUNCTION_LINES = 40
FILE_LINES = {".py": 300, ".sh": 200, ".R": 200, ".md": 200, ".yml": 150, ".sql": 150, ".ts": 300}

# path: (its own limit, why)
LARGER_FILES: dict[str, tuple[int, str]] = {
    "warehouse/migrations/0022_create_funnel.sql": (220, "one function with its parts, of use only together"),
}
# path::function: (its own limit, why)
LARGER_FUNCTIONS: dict[str, tuple[int, str]] = {}


def file_sizes() -> dict[str, int]:
    return {path: len(tree.text(path).splitlines()) for path in tree.paths_ending(*FILE_LINES)}


def function_sizes() -> dict[str, int]:
    return {
        f"{path}::{node.name}": (node.end_lineno or 0) - node.lineno + 1
        for path in tree.paths_ending(".py")
        for node in ast.walk(ast.parse(tree.text(path)))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def ending(path: str) -> str:
    return path[path.rindex(".") :]


def too_large(sizes: dict[str, int], limit_of: dict[str, int]) -> list[str]:
    return [
        f"{name}: {size} lines, limit {limit_of[name]}"
        for name, size in sizes.items()
        if size > limit_of[name]
    ]


def test_no_file_is_above_its_limit() -> None:
    sizes = file_sizes()
    limits = {path: LARGER_FILES.get(path, (FILE_LINES[ending(path)], ""))[0] for path in sizes}
    assert too_large(sizes, limits) == []


def test_no_function_is_above_its_limit() -> None:
    sizes = function_sizes()
    limits = {name: LARGER_FUNCTIONS.get(name, (FUNCTION_LINES, ""))[0] for name in sizes}
    assert too_large(sizes, limits) == []


@pytest.mark.parametrize(
    ("sizes", "exceptions", "usual"),
    [(file_sizes, LARGER_FILES, None), (function_sizes, LARGER_FUNCTIONS, FUNCTION_LINES)],
    ids=["files", "functions"],
)
def test_an_exception_from_the_limits_has_a_reason_and_is_still_needed(
    sizes: object, exceptions: dict[str, tuple[int, str]], usual: int | None
) -> None:
    assert callable(sizes)
    found = sizes()
    unneeded = [name for name in exceptions if found.get(name, 0) <= (usual or FILE_LINES[ending(name)])]
    assert unneeded == []
    assert [name for name, (_, reason) in exceptions.items() if len(reason.split()) < 4] == []
