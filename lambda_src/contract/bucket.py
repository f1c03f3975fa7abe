"""How a function opens a bucket: credentials, region and endpoint come from the environment."""

import os

from obstore.store import S3Store


def open_bucket(name: str, timeout_seconds: int, max_retries: int) -> S3Store:
    """Return a store for a bucket whose every request ends within `timeout_seconds`."""
    return S3Store(
        name,
        client_options={
            "timeout": f"{timeout_seconds}s",
            "connect_timeout": "2s",
            # obstore reads this variable itself, but not when it is given other client options
            "allow_http": os.environ.get("AWS_ALLOW_HTTP", "false") == "true",
        },
        retry_config={"max_retries": max_retries},
    )
