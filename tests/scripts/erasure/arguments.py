"""What a command line of erase_visitor.py says of whom to erase."""

import argparse


def arguments(
    account: list[str] | None = None, browser: list[str] | None = None, with_browsers: bool | None = None
) -> argparse.Namespace:
    return argparse.Namespace(account=account or [], browser=browser or [], with_browsers=with_browsers)
