"""Event names in code are those of Google Analytics 4, so that a name means the same everywhere."""

import re

from tests.repository import tree

# https://support.google.com/analytics/answer/9234069 (collected by itself) and
# https://support.google.com/analytics/answer/9267735 (recommended)
AUTOMATIC = {
    *("click", "exception", "first_visit", "page_view", "scroll", "session_start", "user_engagement"),
    "view_search_results",
}
COMMERCE = {
    *("view_item_list", "select_item", "view_item", "view_promotion", "select_promotion", "add_to_wishlist"),
    *("add_to_cart", "remove_from_cart", "view_cart", "begin_checkout", "add_shipping_info"),
    *("add_payment_info", "purchase", "refund"),
}
OTHER = {"login", "search", "share", "sign_up"}
GA4 = AUTOMATIC | COMMERCE | OTHER
STRING = r"['\"]([a-z_0-9]+)['\"]"
ONE_NAME = re.compile(rf"\b(?:event_name|step_name)\b['\"]?\]?\s*(?:==|=|!=|<>|:)\s*{STRING}")
MANY_NAMES = re.compile(r"\bevent_name\b\s*(?:not\s+)?in\s*[({\[]([^)}\]]+)[)}\]]", re.IGNORECASE)


def names_in(source: str) -> set[str]:
    """The event names that a file compares with or writes."""
    listed = " ".join(MANY_NAMES.findall(source))
    return set(ONE_NAME.findall(source)) | set(re.findall(STRING, listed))


def test_event_names_are_found_where_code_has_them() -> None:
    assert names_in("where event_name = 'buy' or event_name in ('look', 'go')") == {"buy", "look", "go"}
    assert names_in("{'event_name': 'buy'}") == {"buy"}
    assert names_in('event["event_name"] == "buy"') == {"buy"}


def test_event_names_in_code_are_those_of_ga4() -> None:
    strangers = {
        path: sorted(names_in(tree.text(path)) - GA4)
        for path in tree.product_paths(".py", ".sql", ".R")
        if names_in(tree.text(path)) - GA4
    }
    assert strangers == {}


def test_the_steps_of_the_sales_funnel_are_events_of_ga4() -> None:
    query = tree.text("warehouse/marts/sales_funnel_daily/query.sql")
    steps = re.findall(r"\(\d, '([a-z_]+)', '[a-z]'\)", query)
    assert len(steps) == 6
    assert set(steps) <= GA4


def test_the_names_of_the_carried_data_map_to_ga4() -> None:
    table = tree.text("tests/data/ecom/README.md").partition("| here | GA4 event |")[2]
    mapped = re.findall(r"^\| `.+` \| `([a-z_]+)`", table, flags=re.MULTILINE)
    assert len(mapped) >= 12
    assert set(mapped) <= GA4


def test_the_mart_of_event_names_knows_those_of_ga4_and_no_others() -> None:
    assert names_in(tree.text("warehouse/marts/event_names_daily/query.sql")) == GA4
