"""Take in the list of crawlers' user agents, from a copy of it.

It is under the MIT licence and maintained: monperrus/crawler-user-agents on GitHub, also a package of that
name. Writes lambda_src/etl/bot_lists/crawlers.json and the licence beside it; the ETL's next release flags
bots by it. Patterns that people's browsers meet, too, are left out: they are listed, each with its reason, in
lambda_src/etl/bot_lists/ours.json.
"""

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any

TARGET = Path(__file__).resolve().parents[1] / "lambda_src/etl/bot_lists/crawlers.json"
OURS = TARGET.with_name("ours.json")
LICENCE = TARGET.with_name("LICENSE")
SOURCE = "crawler-user-agents by Martin Monperrus and others, MIT"
# What makes a pattern more than a text to look for; an escaped sign is just that sign.
_MORE_THAN_TEXT = re.compile(r"(?<!\\)[\[\](){}^$*+?|.]|\\[A-Za-z]")
_SMALLEST = 500


class ListError(ValueError):
    """The file is not the list."""


def bot_list(entries: list[dict[str, Any]], left_out: set[str]) -> dict[str, Any]:
    """Return the patterns: texts to look for, and regular expressions, each once and in order.

    Raises `ListError` if a pattern can't be read or to leave one out is no longer needed.
    """
    patterns = {str(entry["pattern"]) for entry in entries}
    if unknown := sorted(left_out - patterns):
        raise ListError(f"{OURS.name} leaves out what the list no longer has: {', '.join(unknown)}")
    kept = sorted(patterns - left_out)
    for pattern in kept:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ListError(f"the pattern {pattern!r} is no regular expression: {error}") from error
    regular = [pattern for pattern in kept if _MORE_THAN_TEXT.search(pattern)]
    texts = [re.sub(r"\\(.)", r"\1", pattern) for pattern in kept if pattern not in set(regular)]
    return {"source": SOURCE, "texts": sorted(set(texts)), "patterns": regular}


def main() -> int:
    """Run the command line; return its exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("list", type=Path, help="crawler-user-agents.json")
    parser.add_argument("licence", type=Path, help="the LICENSE beside it")
    arguments = parser.parse_args()
    try:
        entries = json.loads(arguments.list.read_bytes())
        if not isinstance(entries, list) or len(entries) < _SMALLEST:
            raise ListError(f"it must hold a list of at least {_SMALLEST} crawlers")
        found = bot_list(entries, set(json.loads(OURS.read_bytes())["left_out"]))
        licence = arguments.licence.read_text()
    except (OSError, ValueError, KeyError, TypeError) as error:
        sys.stderr.write(f"can't take in {arguments.list}: {error}. Nothing was changed.\n")
        return 1
    TARGET.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    LICENCE.write_text(licence)
    counts = f"{len(found['texts'])} texts, {len(found['patterns'])} patterns"
    sys.stdout.write(f"{counts}. Next: make test-unit, then python -m provision apply\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
