"""What `npm run build` makes: small, the same every time, nothing inline, and nothing of the estate in it."""

from __future__ import annotations

import gzip
import re
from collections.abc import Collection, Mapping

from tests.e2e.storefront.conftest import ZIP
from tests.sdk.npm import FRONTEND, npm

# gzip of everything that a first visit loads before it asks the API: page, style, program and SDK
MOST_BYTES = 24_576
# and of what is loaded later: pages for who signs in, and the way to do so
MOST_LATER_BYTES = 13_312


def test_a_first_visit_loads_little(built_site: Mapping[str, bytes]) -> None:
    named = re.findall(r"\"/(assets/[^\"]+)\"", built_site["index.html"].decode())
    first = {"index.html", *named, *(name for name in assets(built_site) if name.startswith("assets/sdk-"))}
    assert_small(built_site, first, MOST_BYTES)
    assert_small(built_site, set(assets(built_site)) - first, MOST_LATER_BYTES)


def test_the_page_names_every_part_that_the_program_begins_with(built_site: Mapping[str, bytes]) -> None:
    page = built_site["index.html"].decode()
    (program,) = [name for name in assets(built_site) if name.startswith("assets/main-")]
    parts = re.findall(r"(?:import|from)\"\./([^\"]+)\"", built_site[program].decode())
    assert parts
    for part in parts:
        assert f'<link rel="modulepreload" href="/assets/{part}">' in page


def test_the_same_source_is_the_same_zip(built_site: Mapping[str, bytes]) -> None:
    assert built_site
    before = ZIP.read_bytes()
    ZIP.unlink()
    done = npm("run", "build", "--workspace=storefront")
    assert done.returncode == 0, done.stdout + done.stderr
    assert ZIP.read_bytes() == before


def test_pages_run_files_of_their_own_only(built_site: Mapping[str, bytes]) -> None:
    for name in ("index.html", "404.html"):
        page = built_site[name].decode()
        assert not re.search(r"<script(?![^>]* src=\"/assets/)|<style|\son\w+=|\sstyle=", page)
        assert not re.search(r"(?:src|href)=\"(?:https?:)?//", page)
    for name, body in built_site.items():
        assert not (name.endswith(".js") and re.search(rb"\beval\(|new Function", body)), name
    # Preact can do it, and is never asked to
    sources = "".join(path.read_text() for path in (FRONTEND / "storefront" / "src").iterdir())
    assert "useState(" in sources
    assert not re.search(r"innerHTML|document\.write|insertAdjacentHTML", sources, flags=re.IGNORECASE)


def test_files_that_are_kept_forever_are_named_by_their_content(built_site: Mapping[str, bytes]) -> None:
    found = assets(built_site)
    begun = {name.removeprefix("assets/").partition("-")[0] for name in found}
    assert begun == {"main", "style", "sdk", "signIn", "OwnPage", "chunk"}
    assert all(re.fullmatch(r"assets/\w+-[A-Z0-9]{8}\.(js|css)", name) for name in found)


def test_what_is_built_knows_no_estate_and_carries_its_licences(built_site: Mapping[str, bytes]) -> None:
    assert "config.json" not in built_site
    for licence in (b"This shop holds Preact:", b"This shop holds oauth4webapi:"):
        assert licence in built_site["licences.txt"]
    assert built_site["licences.txt"].count(b"MIT License") == 2


def assets(site: Mapping[str, bytes]) -> list[str]:
    """Return the files that are named by their content."""
    return [name for name in site if name.startswith("assets/")]


def assert_small(site: Mapping[str, bytes], names: Collection[str], most_bytes: int) -> None:
    """The files keep within a budget of gzip."""
    sizes = {name: len(gzip.compress(site[name], compresslevel=9)) for name in sorted(names)}
    total = sum(sizes.values())
    assert total <= most_bytes, f"{sizes} have {total} bytes of gzip; the budget is {most_bytes}"
