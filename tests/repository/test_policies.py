"""Every IAM policy is written down as it must be, so that a change of rights is seen as one."""

import re

from tests.repository import tree


def test_every_iam_policy_has_its_golden_file() -> None:
    policies = re.findall(
        r"^def ([a-z_]+)_policy\(", tree.text("scripts/provision/policies.py"), flags=re.MULTILINE
    )
    golden = {
        path.split("/")[-1].removesuffix(".json").replace("-", "_")
        for path in tree.paths_ending(".json")
        if path.startswith("tests/golden/policies/")
    }
    assert policies
    assert set(policies) - golden == set()
