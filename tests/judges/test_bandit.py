"""bandit finds nothing in the code of the product, but for what has its reason.

ruff carries bandit's rules as S101, S102, …, so one remark serves both: where a line says
`# noqa: S608 - why`, bandit's B608 of that line is explained, too. What ruff does not carry is below.
"""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.repository import tree

CODE = ("scripts", "lambda_src", "local_stack")
# rule: why it finds nothing wrong wherever it hits
EXPLAINED_EVERYWHERE = {
    "B404": "running other programs is what an operations toolkit does; each call is judged on its own",
    "B603": "every subprocess call takes a list, never a shell string (pyproject.toml, S603)",
    "B607": "programs are found on PATH: the operator's machine decides where (pyproject.toml, S607)",
}
# (rule, file): why it finds nothing wrong there
EXPLAINED: dict[tuple[str, str], str] = {
    ("B403", "local_stack/aws/snapshot.py"): "reads only what the same user's local stack wrote",
    ("B105", "local_stack/postgres.py"): "the name of a method: scram-sha-256",
    ("B105", "local_stack/sign_in/tokens.py"): "names of kinds of tokens, as OAuth and Cognito have them",
    ("B608", "local_stack/postgres.py"): "names of databases and roles, which this repository gives",
    ("B105", "scripts/provision/resources/amplify.py"): "False: the pages ask for no password",
    ("B105", "scripts/provision/resources/user_pool.py"): "False: the client has no secret",
    ("B311", "local_stack/state.py"): "chooses a port, keeps no secret",
}


def bandit(*places: str) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "bandit", "--quiet", "--recursive", "--format", "json", *places]
    ran = subprocess.run(command, cwd=tree.ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode in {0, 1}, ran.stderr  # 1: it found something
    judged = json.loads(ran.stdout)
    assert judged["errors"] == []
    assert judged["metrics"]["_totals"]["loc"] > 0  # it has read something
    return list(judged["results"])


def is_explained(finding: dict[str, Any]) -> bool:
    rule, file = finding["test_id"], finding["filename"].removeprefix("./")
    if rule in EXPLAINED_EVERYWHERE or (rule, file) in EXPLAINED:
        return True
    lines = tree.text(file).splitlines()
    remarked = "\n".join(lines[number - 1] for number in finding["line_range"])
    return bool(re.search(rf"# noqa: [A-Z0-9, ]*\bS{rule[1:]}\b", remarked))


@pytest.fixture(scope="module")
def found() -> list[dict[str, Any]]:
    return bandit(*CODE)


def test_bandit_finds_nothing_without_a_reason(found: list[dict[str, Any]]) -> None:
    assert [
        f"{one['filename']}:{one['line_number']} {one['test_id']} {one['issue_text']}"
        for one in found
        if not is_explained(one)
    ] == []


def test_every_explanation_is_still_needed(found: list[dict[str, Any]]) -> None:
    hits = {(one["test_id"], one["filename"].removeprefix("./")) for one in found}
    assert set(EXPLAINED) - hits == set()


def test_a_planted_fault_is_found(tmp_path: Path) -> None:
    (tmp_path / "planted.py").write_text(
        "import subprocess\nimport yaml\n\n\n"
        "def run(text: str) -> object:\n"
        "    subprocess.run(text, shell=True)\n"
        "    return yaml.load(text, Loader=yaml.Loader)\n"
    )
    assert {"B602", "B506"} <= {one["test_id"] for one in bandit(str(tmp_path))}
