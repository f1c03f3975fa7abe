"""The pages that people see, from the templates beside this file; everything in them is escaped."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from local_stack.sign_in.messages import NOT_STORED, Answer

_FOLDER = Path(__file__).parent / "templates"
_TEMPLATES = Environment(loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined)
_STYLE = (_FOLDER / "style.css").read_text()
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()


def form_page(
    template: str, fields: Mapping[str, str], csrf: str, error: str | None = None, **more: object
) -> Answer:
    """Return a page with a form that goes on with the same request: `fields` are those of its address."""
    values = {"query": urlencode(fields), "csrf": csrf, "error": error, "email": "", **more}
    origin = "://".join(urlsplit(fields["redirect_uri"])[:2])
    return _page(template, 400 if error else 200, values, f"form-action 'self' {origin}")


def error_page(reason: str, status: int = 400) -> Answer:
    """Return the page that says why nobody can be sent anywhere."""
    return _page("error.html", status, {"error": reason}, "form-action 'none'")


def _page(template: str, status: int, values: Mapping[str, object], form_policy: str) -> Answer:
    text = _TEMPLATES.get_template(template).render(style=_STYLE, **values)
    # the answer to the form leads to the client: browsers hold that against `form-action`, too
    policy = f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; img-src data:; base-uri 'none'; "
    return Answer(
        status,
        text.encode(),
        (
            ("content-type", "text/html; charset=utf-8"),
            ("content-security-policy", f"{policy}frame-ancestors 'none'; {form_policy}"),
            ("referrer-policy", "no-referrer"),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            NOT_STORED,
        ),
    )
