"""Take in Matomo's lists of search engines, social networks and AI assistants, from a copy of them.

They are in the public domain (CC0 1.0) and maintained: matomo-org/searchengine-and-social-list on GitHub.
Writes lambda_src/etl/site_lists/matomo.json; the ETL's next release classifies traffic by it. Entries that
name a page below a host are left out: a referrer seldom has more than its host.
"""

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any

import yaml

TARGET = Path(__file__).resolve().parents[1] / "lambda_src/etl/site_lists/matomo.json"
SOURCE = "Matomo, searchengine-and-social-list, CC0 1.0"
# Words that campaigns use for much else; as hosts these sites are known all the same.
GENERIC_NAMES = {"free", "inbox", "mail", "search", "web", "you"}
_HOST = re.compile(r"(\{\}|[a-z0-9-]+)(\.(\{\}|[a-z0-9-]+))+")
_NAME = re.compile(r"[a-z0-9]{2,}")


def site_lists(
    search_engines: dict[str, Any], socials: dict[str, Any], assistants: dict[str, Any]
) -> dict[str, Any]:
    """Return hosts and bare names by kind; `{}` in a host stands for a country's ending or name."""
    by_kind = {
        "ai": assistants,
        "search": {
            name: [url for entry in found for url in entry["urls"]] for name, found in search_engines.items()
        },
        "social": socials,
    }
    return {
        "source": SOURCE,
        **{kind: {"hosts": _hosts(sites), "names": _names(sites)} for kind, sites in by_kind.items()},
    }


def _hosts(sites: dict[str, Any]) -> list[str]:
    urls = (str(url).lower() for urls in sites.values() for url in urls)
    return sorted({url.removeprefix("www.") for url in urls if _HOST.fullmatch(url)})


def _names(sites: dict[str, Any]) -> list[str]:
    """Return what people write as a source: a one-word name that a host of the site has, too."""
    found = set()
    for site, urls in sites.items():
        name = str(site).lower().rstrip("!")
        labels = {label for url in urls for label in str(url).lower().split(".")}
        if _NAME.fullmatch(name) and name in labels - GENERIC_NAMES:
            found.add(name)
    return sorted(found)


def main() -> int:
    """Run the command line; return its exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="the copy of the repository")
    folder: Path = parser.parse_args().folder
    try:
        files = ("SearchEngines.yml", "Socials.yml", "AIAssistants.yml")
        search_engines, socials, assistants = (yaml.safe_load((folder / name).read_text()) for name in files)
    except OSError as error:
        sys.stderr.write(
            f"can't read the lists: {error}. The folder must be a copy of Matomo's repository.\n"
        )
        return 1
    lists = site_lists(search_engines, socials, assistants)
    TARGET.write_text(json.dumps(lists, indent=1) + "\n")
    counts = ", ".join(f"{len(lists[kind]['hosts'])} {kind}" for kind in ("search", "social", "ai"))
    sys.stdout.write(f"hosts by kind: {counts}. Next: make test-unit, then python -m provision apply\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
