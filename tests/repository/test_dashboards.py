"""The dashboards read marts, never facts or the ledger: a page's cost must not grow with history."""

import re

from tests.repository.tree import ROOT

BEHIND_THE_MARTS = re.compile(r"\b(fact_\w+|dim_\w+|etl\.\w+|warehouse\.\w+)")


def test_dashboards_ask_marts_only() -> None:
    sources = sorted((ROOT / "shiny").glob("*/R/*.R"))
    asked = {
        f"{path.name}: {found}" for path in sources for found in BEHIND_THE_MARTS.findall(path.read_text())
    }
    assert any("mart." in path.read_text() for path in sources)
    assert asked == set()
