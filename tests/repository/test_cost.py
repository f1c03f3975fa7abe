"""The cost page says what its script computes."""

from estimate_cost import table, traffic_lines

from tests.repository import tree


def test_the_table_of_the_cost_page_is_what_the_script_prints() -> None:
    assert table([0.1, 1, 10]) in tree.text("docs/cost.md")


def test_no_traffic_costs_almost_nothing() -> None:
    assert 0 < sum(line.dollars for line in traffic_lines(0)) < 1


def test_a_million_requests_cost_a_dollar_at_the_api() -> None:
    month = 730 * 3600
    assert round(traffic_lines(1_000_000 / month)[0].dollars, 6) == 1.0
