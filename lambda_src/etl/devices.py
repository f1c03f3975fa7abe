"""What a user agent says: browser, system, device, and whether a person or a program is behind it. Pure."""

from typing import NamedTuple

import ua_parser

from etl.bots import UNNAMED, listed_bot


class Agent(NamedTuple):
    """What is known of a user agent; None is not known, `bot_name` None is no bot."""

    browser: str | None = None
    operating_system: str | None = None
    device_category: str | None = None
    bot_name: str | None = None


def agent_of(user_agent: str | None) -> Agent:
    """Return what uap-core's rules and the lists of bots say of a user agent; None: nobody asked for one."""
    if user_agent is None:
        return Agent()
    result = ua_parser.parse(user_agent)
    browser = result.user_agent.family if result.user_agent else None
    system = result.os.family if result.os else None
    device = result.device.family if result.device else None
    bot_name = listed_bot(user_agent)
    if bot_name is None and device == "Spider":
        bot_name = browser or UNNAMED
    category = None if bot_name else _category(user_agent, system, device)
    return Agent(browser, system, category, bot_name)


def _category(user_agent: str, system: str | None, device: str | None) -> str | None:
    if device is None:
        return "desktop" if system else None
    if device in ("Mac", "Other"):
        return "desktop"
    is_tablet = "iPad" in device or "Tablet" in device or (system == "Android" and "Mobile" not in user_agent)
    return "tablet" if is_tablet else "mobile"
