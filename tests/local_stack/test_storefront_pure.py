"""The parts of the storefront's address that need no stack."""

from pathlib import Path

import pytest

from local_stack import demo_storefront, state
from local_stack.aws.amplify.hosting import hosted, matches
from local_stack.edge.distributions import DistributionConfig, is_match
from local_stack.edge.page_headers import with_policy
from local_stack.names import on_this_machine

FILES = {"index.html": b"shop", "404.html": b"missing", "assets/a.js": b"code"}
RULES = (
    {"source": "/products/<*>", "target": "/index.html", "status": "200"},
    {"source": "/<*>", "target": "/404.html", "status": "404"},
)


@pytest.mark.parametrize(
    ("path", "status", "body", "kind"),
    [
        ("/", 200, b"shop", "text/html"),
        ("/products/a/b", 200, b"shop", "text/html"),
        ("/productsx", 404, b"missing", "text/html"),
        ("/assets/a.js", 200, b"code", "text/javascript"),
        ("/assets/b.js", 404, b"missing", "text/html"),
    ],
)
def test_first_rule_that_holds_decides_what_a_path_gets(
    path: str, status: int, body: bytes, kind: str
) -> None:
    answer = hosted(FILES, RULES, (), path)
    assert (answer.status, answer.body, answer.headers["content-type"]) == (status, body, kind)


def test_path_without_file_and_rule_is_not_found() -> None:
    assert hosted(FILES, (), (), "/nothing").status == 404


@pytest.mark.parametrize(
    ("pattern", "covered", "other"),
    [
        ("**/*", "/a/b.js", None),
        ("**/*", "/a.js", None),
        ("/assets/**", "/assets/a/b.js", "/other/a.js"),
        ("/assets/*", "/assets/a.js", "/assets/a/b.js"),
        ("*.json", "/config.json", "/configXjson"),
    ],
)
def test_headers_are_for_the_paths_of_their_pattern(pattern: str, covered: str, other: str | None) -> None:
    assert matches(pattern, covered)
    assert other is None or not matches(pattern, other)


def test_later_headers_win() -> None:
    entries = [
        {"pattern": pattern, "headers": [{"key": "Cache-Control", "value": value}]}
        for pattern, value in (("**/*", "short"), ("/assets/**", "long"))
    ]
    assert hosted(FILES, RULES, entries, "/assets/a.js").headers["cache-control"] == "long"
    assert hosted(FILES, RULES, entries, "/").headers["cache-control"] == "short"


def test_policy_overrides_an_origins_header_where_it_says_so() -> None:
    policy = {
        "SecurityHeadersConfig": {
            "StrictTransportSecurity": {
                "Override": True,
                "AccessControlMaxAgeSec": 60,
                "IncludeSubdomains": True,
            },
            "FrameOptions": {"Override": False, "FrameOption": "DENY"},
        },
        "CustomHeadersConfig": {
            "Quantity": 1,
            "Items": [{"Header": "X-Own", "Value": "1", "Override": True}],
        },
    }
    found = with_policy({"x-own": "0", "x-frame-options": "SAMEORIGIN", "etag": "e"}, policy)
    assert found == {
        "x-own": "1",
        "x-frame-options": "SAMEORIGIN",
        "etag": "e",
        "strict-transport-security": "max-age=60; includeSubDomains",
    }


def test_first_behavior_that_covers_the_path_has_it() -> None:
    config = {
        "CacheBehaviors": {
            "Items": [{"PathPattern": "/media/*", "at": 1}, {"PathPattern": "/m?dia/*", "at": 2}]
        },
        "DefaultCacheBehavior": {"at": 3},
    }
    behavior_of = DistributionConfig("arn", config).behavior_of
    paths = ("/media/a/b.svg", "/mXdia/a", "/mediaX", "/")
    assert [behavior_of(path)["at"] for path in paths] == [1, 2, 3, 3]
    assert not is_match("/a[b]*", "/ab")


def test_names_of_the_real_aws_are_addresses_of_this_machine_and_nothing_else_changes(tmp_path: Path) -> None:
    stack = state.create(tmp_path)
    said = {
        "https://abc123.execute-api.eu-central-1.amazonaws.com": stack.api_url,
        "https://shop-1.auth.us-gov-west-1.amazoncognito.com": stack.sign_in_url,
        "https://cognito-idp.eu-central-1.amazonaws.com": stack.aws_endpoint_url,
        "https://d1abc.cloudfront.net": stack.storefront_url,
        "https://www.shop.example": stack.storefront_url,
        "https://www.shop.example.evil.example": "https://www.shop.example.evil.example",
        "https://d1abc.cloudfront.net.evil.example": "https://d1abc.cloudfront.net.evil.example",
        "https://other.example 'self'": "https://other.example 'self'",
    }
    domains = ["www.shop.example"]
    assert {text: on_this_machine(stack, f"a {text}/x", domains) for text in said} == {
        text: f"a {local}/x" for text, local in said.items()
    }


def test_source_of_the_storefront_is_told_by_names_and_contents_but_not_by_what_is_built(
    tmp_path: Path,
) -> None:
    (tmp_path / "src").mkdir()
    page = tmp_path / "src" / "page.ts"
    page.write_text("1")
    first = demo_storefront.source_digest(tmp_path)
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "site.js").write_text("built")
    assert demo_storefront.source_digest(tmp_path) == first
    page.write_text("2")
    second = demo_storefront.source_digest(tmp_path)
    page.rename(tmp_path / "src" / "other.ts")
    assert len({first, second, demo_storefront.source_digest(tmp_path)}) == 3
