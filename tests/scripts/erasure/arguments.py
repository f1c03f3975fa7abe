"""What a command line of erase_visitor.py says of whom to erase."""

import argparse


def arguments(
    user: list[str] | None = None, browser: list[str] | None = None, with_browsers: bool | None = None
) -> argparse.Namespace:
    return argparse.Namespace(user=user or [], browser=browser or [], with_browsers=with_browsers)
