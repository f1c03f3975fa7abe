"""The SDK as a package: its own tests, its types, its size, and what its lock says."""

import gzip
import json
import re

from tests.sdk.npm import FRONTEND, built_sdk, npm

# gzip of the script tag's file, everything in it; a page pays this on every first visit
MOST_SCRIPT_BYTES = 5_376
# what a shop's page may write, and what its compiler must refuse
CONSUMER = """
import { init, type Item, purchase, track } from '@cloudworks/sdk';
const hat: Item = { item_id: 'hat', price: 20 };
init({ endpoint: 'https://events.shop.example', automatic: { clicks: false } });
track('search', { search_term: 'hat' });
track('of_our_own', { any: 'parameter' });
purchase({ transaction_id: 'T1', currency: 'EUR', items: [hat] });
// @ts-expect-error no endpoint
init({});
// @ts-expect-error not the parameter of this event
track('search', { term: 'hat' });
// @ts-expect-error a purchase has a number
purchase({ items: [hat] });
"""


def test_unit_tests_pass_in_node() -> None:
    done = npm("test")
    assert done.returncode == 0, done.stdout + done.stderr
    passed = re.search(r"^# pass (\d+)$", done.stdout, flags=re.MULTILINE)
    assert passed
    assert int(passed[1]) > 0
    assert "# fail 0" in done.stdout


def test_script_tag_stays_within_its_size_budget() -> None:
    size = len(gzip.compress((built_sdk() / "cloudworks.js").read_bytes(), compresslevel=9))
    assert size <= MOST_SCRIPT_BYTES, (
        f"cloudworks.js has {size} bytes of gzip; the budget is {MOST_SCRIPT_BYTES}"
    )


def test_names_that_others_read_are_not_shortened() -> None:
    """Options are written by shops, a batch is read by the version after this one."""
    declared = (built_sdk() / "options.d.ts").read_text() + (built_sdk() / "queue.d.ts").read_text()
    bodies = re.findall(r"interface (?:Options|Batch) \{\n(.*?)^\}", declared, flags=re.MULTILINE | re.DOTALL)
    names = {name for body in bodies for name in re.findall(r"^ +(\w+)\??:", body, flags=re.MULTILINE)}
    assert {"endpoint", "clicks", "onProblem", "madeAt", "leftAt"} <= names
    for built in ("cloudworks.js", "index.js"):
        words = set(re.findall(r"\w+", (built_sdk() / built).read_text()))
        assert names - words == set(), built


def test_package_needs_nothing_at_run_time() -> None:
    assert "dependencies" not in json.loads((FRONTEND / "sdk" / "package.json").read_text())


def test_who_imports_the_package_gets_its_types() -> None:
    consumer = built_sdk() / "consumer.ts"
    consumer.write_text(CONSUMER)
    options = ["--noEmit", "--strict", "--target", "es2020", "--module", "esnext"]
    done = npm(
        "exec", "--", "tsc", *options, "--moduleResolution", "bundler", "--ignoreConfig", str(consumer)
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_is_built_evaluates_no_text_as_code() -> None:
    for name in ("cloudworks.js", "index.js"):
        assert not re.search(r"\beval\(|new Function|\.innerHTML", (built_sdk() / name).read_text())


def test_lock_pins_by_hash_and_names_no_registry() -> None:
    packages = json.loads((FRONTEND / "package-lock.json").read_text())["packages"]
    installed = {name: package for name, package in packages.items() if name.startswith("node_modules/")}
    others = [package for package in installed.values() if not package.get("link")]
    assert others
    assert all(re.match(r"sha512-", package["integrity"]) for package in others)
    assert not any("resolved" in package for package in others)


def test_development_dependencies_are_exact_versions() -> None:
    package = json.loads((FRONTEND / "package.json").read_text())
    assert all(re.fullmatch(r"[\d.]+", version) for version in package["devDependencies"].values())
