"""The shop's address on this machine: what provisioning and publishing made, as CloudFront would show it."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from product_file import read_products
from provision.identity import identify
from provision.settings import read_settings

from local_stack import demo_shop, demo_storefront
from local_stack.demo_report import client
from local_stack.edge.kept import KEEP_SECONDS
from local_stack.state import CHECKOUT
from tests.integration.conftest import Demo


def get(demo_run: Demo, path: str, **headers: str) -> requests.Response:
    return requests.get(demo_run.stack.storefront_url + path, headers=headers, timeout=30)


def test_pages_are_told_addresses_that_a_browser_on_this_machine_can_reach(demo_run: Demo) -> None:
    stack, config = demo_run.stack, get(demo_run, "/config.json").json()
    assert (config["api_url"], config["sign_in_url"]) == (stack.api_url, stack.sign_in_url)
    policy = get(demo_run, "/").headers["content-security-policy"]
    assert f"connect-src 'self' {stack.api_url} {stack.aws_endpoint_url} {stack.sign_in_url};" in policy
    assert "amazon" not in policy
    assert requests.get(f"{config['api_url']}/v1/health", timeout=30).status_code == 200


def test_every_page_has_the_headers_that_provisioning_wants(demo_run: Demo) -> None:
    for path in ("/", "/products/bath-001", "/no/such/page", "/media/products/bath-001.svg"):
        headers = get(demo_run, path).headers
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["x-frame-options"] == "DENY", path
        assert "default-src 'none'" in headers["content-security-policy"], path
        assert headers["cross-origin-opener-policy"] == "same-origin", path


def test_addresses_of_the_shop_are_pages_and_all_others_are_not_found(demo_run: Demo) -> None:
    found = {path: get(demo_run, path) for path in ("/", "/cart?utm_source=x", "/search?q=a", "/products/x")}
    assert {path: answer.status_code for path, answer in found.items()} == dict.fromkeys(found, 200)
    assert len({answer.text for answer in found.values()}) == 1
    missing = get(demo_run, "/nothing.js")
    assert (missing.status_code, missing.headers["content-type"]) == (404, "text/html")
    assert requests.post(f"{demo_run.stack.storefront_url}/", timeout=30).status_code == 403


def test_code_is_sent_compressed_to_who_takes_it(demo_run: Demo) -> None:
    (script,) = [part for part in get(demo_run, "/").text.split('"') if part.startswith("/assets/main-")]
    packed, plain = get(demo_run, script), get(demo_run, script, **{"Accept-Encoding": "identity"})
    assert packed.content == plain.content
    assert (packed.headers["content-encoding"], plain.headers.get("content-encoding")) == ("gzip", None)
    assert "immutable" in packed.headers["cache-control"]


def test_every_picture_of_the_catalogue_is_shown_and_others_are_missing(demo_run: Demo) -> None:
    keys = [row.image_key for row in read_products(demo_shop.CATALOGUE) if row.image_key]
    answers = [get(demo_run, f"/{key}") for key in keys]
    assert {(one.status_code, one.headers["content-type"]) for one in answers} == {(200, "image/svg+xml")}
    assert len({one.content for one in answers}) > len(keys) / 2
    assert get(demo_run, "/media/products/none.svg").status_code == 404


@pytest.fixture
def without_media_policy(demo_run: Demo) -> Iterator[None]:
    """The media bucket lets nobody but the operator in."""
    s3: Any = client(demo_run.stack, "s3")
    bucket = identify(read_settings(), "media", suffix=demo_run.stack.aws_account_id).name
    before = s3.get_bucket_policy(Bucket=bucket)["Policy"]
    s3.delete_bucket_policy(Bucket=bucket)
    yield
    s3.put_bucket_policy(Bucket=bucket, Policy=before)


@pytest.mark.usefixtures("without_media_policy")
def test_pictures_are_shown_only_because_the_buckets_policy_names_this_distribution(demo_run: Demo) -> None:
    assert get(demo_run, "/media/products/bath-001.svg").status_code == 404


def test_pages_of_the_shop_may_call_the_api_and_others_of_this_machine_may_not(demo_run: Demo) -> None:
    stack = demo_run.stack
    origins = (stack.storefront_url, stack.dashboards_url, "https://d1.cloudfront.net")
    answers = [
        requests.get(f"{stack.api_url}/v1/products", headers={"origin": origin}, timeout=30)
        for origin in origins
    ]
    allowed = [answer.headers.get("access-control-allow-origin") for answer in answers]
    assert allowed == [stack.storefront_url, None, None]


def test_a_distribution_that_is_switched_off_shows_nothing(demo_run: Demo) -> None:
    delivery = client(demo_run.stack, "cloudfront")
    (one,) = delivery.list_distributions()["DistributionList"]["Items"]
    for is_enabled in (False, True):
        live = delivery.get_distribution_config(Id=one["Id"])
        config = {**live["DistributionConfig"], "Enabled": is_enabled}
        delivery.update_distribution(Id=one["Id"], IfMatch=live["ETag"], DistributionConfig=config)
        time.sleep(KEEP_SECONDS + 0.2)
        assert get(demo_run, "/").status_code == (200 if is_enabled else 404)


def test_the_demo_again_builds_and_publishes_nothing(demo_run: Demo) -> None:
    stack = demo_run.stack
    before = (stack.directory / "storefront.zip").stat().st_mtime_ns
    site = demo_storefront.built_site(stack)
    assert site.stat().st_mtime_ns == before
    assert ", 0 of them new," in demo_storefront.put_pictures(stack)
    command = ["scripts/publish_storefront.py", "--zip", str(site), "--check"]
    environment = {**os.environ, **stack.aws_environment()}
    done = subprocess.run([sys.executable, *command], env=environment, cwd=CHECKOUT, check=False)
    assert done.returncode == 0
    assert json.loads((stack.directory / "demo.json").read_text())["storefront_url"] == stack.storefront_url
