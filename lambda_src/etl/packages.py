"""How long hosts still believe the lists of their packages.

Hosts have no way to CloudWatch, and nothing else looks at the lists day by day: the ETL does at each run,
from a private subnet, by the way that hosts read them. The bucket hands them to whoever comes through the
gateway endpoint, so that the function's role needs no right of its own.
"""

import re
import sys
from datetime import datetime
from email.utils import parsedate_to_datetime

import obstore
from obstore.exceptions import BaseError, NotFoundError, PermissionDeniedError
from obstore.store import S3Store

_VALID_UNTIL = re.compile(r"^Valid-Until:(.+)$", re.MULTILINE)


def valid_seconds(store: S3Store, release_key: str, now: datetime) -> float | None:
    """Return how long the signed Release file is valid: 0 where there is none, None where S3 is silent."""
    try:
        text = bytes(obstore.get(store, release_key).bytes()).decode(errors="replace")
    except (FileNotFoundError, NotFoundError, PermissionDeniedError):
        return 0.0  # S3 says "forbidden" of what is not there to a role that may not list
    except BaseError as error:
        sys.stderr.write(f"can't read {release_key}: {error}\n")
        return None
    return seconds_left(text, now)


def seconds_left(release: str, now: datetime) -> float:
    """Return how long a Release file is valid from now on; 0 when it is no longer, or does not say."""
    found = _VALID_UNTIL.search(release)
    try:
        left = parsedate_to_datetime(found[1]) - now if found else None
    except (ValueError, TypeError):  # no time, or one of no zone
        left = None
    return max(0.0, left.total_seconds()) if left is not None else 0.0
