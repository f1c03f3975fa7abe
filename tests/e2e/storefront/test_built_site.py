"""What `npm run build` makes: small, the same every time, nothing inline, and nothing of the estate in it."""

from __future__ import annotations

import gzip
import re
from collections.abc import Mapping

from tests.e2e.storefront.conftest import ZIP
from tests.sdk.npm import FRONTEND, npm

# gzip of everything that a first visit loads before it asks the API: page, style, program and SDK
MOST_BYTES = 24_576


def test_a_first_visit_loads_little(built_site: Mapping[str, bytes]) -> None:
    loaded = [name for name in built_site if name == "index.html" or name.startswith("assets/")]
    size = sum(len(gzip.compress(built_site[name], compresslevel=9)) for name in loaded)
    assert size <= MOST_BYTES, f"{loaded} have {size} bytes of gzip; the budget is {MOST_BYTES}"


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
    assets = [name for name in built_site if name.startswith("assets/")]
    assert len(assets) == 3
    assert all(re.fullmatch(r"assets/\w+-[A-Z0-9]{8}\.(js|css)", name) for name in assets)


def test_what_is_built_knows_no_estate_and_carries_its_licences(built_site: Mapping[str, bytes]) -> None:
    assert "config.json" not in built_site
    assert b"The MIT License" in built_site["licences.txt"]
