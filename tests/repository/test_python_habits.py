"""Habits of the Python code that no linter keeps."""

import ast
from collections.abc import Iterator

from tests.repository import tree

MOCKS = {"Mock", "MagicMock", "AsyncMock", "NonCallableMock"}
# a test that does not run proves nothing
FUNCTIONS = ("ingest", "etl", "shop")
SILENCERS = {"skip", "skipif", "xfail", "importorskip"}


def nodes() -> Iterator[tuple[str, ast.AST]]:
    for path in tree.paths_ending(".py"):
        for node in ast.walk(ast.parse(tree.text(path))):
            yield path, node


def called_name(call: ast.Call) -> str:
    return ast.unparse(call.func).rsplit(".", 1)[-1]


def imported_modules(path: str) -> set[str]:
    """Dotted names that the module imports, with the names that it takes from them."""
    found = set()
    for node in ast.walk(ast.parse(tree.text(path))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def importers_of(package: str, folder: str) -> list[str]:
    return [
        path
        for path in tree.paths_ending(".py")
        if path.startswith(folder)
        and any(name == package or name.startswith(f"{package}.") for name in imported_modules(path))
    ]


def test_nothing_is_patched_in_place() -> None:
    patched = [
        f"{path}:{node.lineno}"
        for path, node in nodes()
        if (isinstance(node, ast.Attribute) and ast.unparse(node).endswith("mock.patch"))
        or (
            isinstance(node, ast.ImportFrom)
            and node.module == "unittest.mock"
            and any(alias.name == "patch" for alias in node.names)
        )
    ]
    assert patched == []


def test_every_mock_has_a_spec() -> None:
    blind = [
        f"{path}:{node.lineno}"
        for path, node in nodes()
        if isinstance(node, ast.Call)
        and called_name(node) in MOCKS
        and not any(keyword.arg in {"spec", "spec_set"} for keyword in node.keywords)
    ]
    assert blind == []


def test_no_test_is_silenced() -> None:
    silenced = [
        f"{path}:{node.lineno}"
        for path, node in nodes()
        if isinstance(node, ast.Attribute)
        and node.attr in SILENCERS
        and ast.unparse(node.value) in {"pytest", "pytest.mark", "unittest"}
    ]
    assert silenced == []


def test_product_code_never_imports_the_local_stack() -> None:
    assert [*importers_of("local_stack", "scripts/"), *importers_of("local_stack", "lambda_src/")] == []


def test_product_code_never_imports_the_emulator_or_the_tests() -> None:
    for package in ("moto", "tests", "pytest"):
        assert [*importers_of(package, "scripts/"), *importers_of(package, "lambda_src/")] == []


def test_a_function_imports_only_what_its_zip_holds() -> None:
    strangers = [
        (function, path)
        for function in FUNCTIONS
        for other in {*FUNCTIONS, "provision"} - {function}
        for path in importers_of(other, f"lambda_src/{function}/")
    ]
    assert strangers == []
    for package in (*FUNCTIONS, "provision"):
        assert importers_of(package, "lambda_src/contract/") == []
