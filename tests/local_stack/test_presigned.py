"""Presigned URLs: whoever holds one may do that one thing for a while, as its signer might."""

import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config

from tests.local_stack.estate import Estate

Presign = Callable[..., str]


@pytest.fixture
def presign(estate: Estate) -> Presign:
    """Signs as Ansible does: for S3's own regional name, that begins with the bucket's."""
    stack = estate.stack
    session = boto3.Session(
        stack.aws_access_key_id, stack.aws_secret_access_key, region_name=stack.aws_region
    )
    s3 = session.client(
        "s3",
        endpoint_url=f"https://s3.{stack.aws_region}.amazonaws.com",
        config=Config(signature_version="s3v4", s3={"addressing_style": "virtual"}),
    )

    def sign(operation: str, bucket: str, key: str, seconds: int = 60) -> str:
        return str(s3.generate_presigned_url(operation, {"Bucket": bucket, "Key": key}, ExpiresIn=seconds))

    return sign


def ask(estate: Estate, url: str, method: str = "GET", body: bytes | None = None) -> tuple[int, bytes]:
    parts = urlsplit(url)
    place = f"{estate.stack.aws_endpoint_url}{parts.path}?{parts.query}"
    asked = urllib.request.Request(  # noqa: S310 - the emulated AWS
        place,
        data=body,
        method=method,
        headers={"Host": parts.netloc, "Content-Type": "application/octet-stream"},
    )
    try:
        with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, b""


def test_a_file_goes_in_and_comes_out_by_presigned_urls(estate: Estate, presign: Presign) -> None:
    bucket, key = estate.bucket(), "i-1/home/ssm user/module.py"
    assert ask(estate, presign("put_object", bucket, key), "PUT", b"x" * 5000)[0] == 200
    assert ask(estate, presign("get_object", bucket, key)) == (200, b"x" * 5000)


def test_a_url_is_good_for_what_was_signed_only(estate: Estate, presign: Presign) -> None:
    bucket = estate.bucket()
    for key in ("a", "b"):
        estate.client("s3").put_object(Bucket=bucket, Key=key, Body=b"1")
    url = presign("get_object", bucket, "a")
    last = "0" if url[-1] != "0" else "1"
    assert ask(estate, url)[0] == 200
    assert ask(estate, url[:-1] + last)[0] == 403
    assert ask(estate, url.replace("/a?", "/b?"))[0] == 403
    assert ask(estate, url, "PUT", b"2")[0] == 403
    assert ask(estate, url.replace("X-Amz-Expires=60", "X-Amz-Expires=600"))[0] == 403


def test_a_url_counts_from_when_to_when_it_says(
    estate: Estate, presign: Presign, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = estate.bucket()
    estate.client("s3").put_object(Bucket=bucket, Key="a", Body=b"1")
    for hours, status in ((-2, 403), (2, 403), (0, 200)):
        moment = datetime.now(UTC) + timedelta(hours=hours)
        monkeypatch.setattr("botocore.auth.get_current_datetime", lambda moment=moment: moment)
        assert ask(estate, presign("get_object", bucket, "a"))[0] == status


def test_who_has_neither_login_nor_url_is_refused(estate: Estate, presign: Presign) -> None:
    bucket = estate.bucket()
    estate.client("s3").put_object(Bucket=bucket, Key="a", Body=b"1")
    assert ask(estate, presign("get_object", bucket, "a").partition("?")[0] + "?")[0] == 403
