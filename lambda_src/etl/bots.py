"""Which user agents are programs rather than people, and what these programs are called. Pure.

Known are the crawlers, HTTP libraries and remote-controlled browsers of a public list, taken in by
scripts/update_bot_list.py (`bot_lists/crawlers.json`), a few of ours (`bot_lists/ours.json`), and whatever
uap-core calls a spider. What a program does not say of itself is not known.
"""

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

# A request without a user agent is a program's: every browser sends one.
NO_USER_AGENT = "(no user agent)"
# A spider by uap-core's rules that neither it nor the list has a name for.
UNNAMED = "(other)"

_FOLDER = Path(__file__).parent / "bot_lists"


@dataclass(frozen=True)
class _Lists:
    """What to look for: texts as they are, and regular expressions."""

    texts: tuple[str, ...]
    patterns: tuple[re.Pattern[str], ...]


@cache
def _lists() -> _Lists:
    crawlers: dict[str, Any] = json.loads((_FOLDER / "crawlers.json").read_bytes())
    ours: dict[str, Any] = json.loads((_FOLDER / "ours.json").read_bytes())
    texts = {*crawlers["texts"], *ours["texts"]}
    patterns = [*crawlers["patterns"], *ours["patterns"]]
    # the longest text says most, so it is looked for first
    return _Lists(tuple(sorted(texts, key=lambda text: (-len(text), text))), tuple(map(re.compile, patterns)))


def listed_bot(user_agent: str) -> str | None:
    """Return the name of the program that a user agent names; None if the lists know none in it."""
    if not user_agent.strip():
        return NO_USER_AGENT
    lists = _lists()
    text = next((text for text in lists.texts if text in user_agent), None)
    if text is None:
        found = next((found for one in lists.patterns if (found := one.search(user_agent))), None)
        text = found.group() if found else None
    return None if text is None else text.strip(" /:;()-+^") or UNNAMED
