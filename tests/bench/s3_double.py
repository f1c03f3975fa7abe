"""Stands in for S3 where moto would be most of what is measured: a folder, served as S3 answers.

    python -m tests.bench.s3_double FOLDER     says its port, and ends with its standard input

A bucket is a folder in FOLDER. It knows what reading and writing need (list, get, head, put, in parts, too,
and delete), checks no signature, and looks at a folder once, when it first hears of it: others must
not write there.
"""

import asyncio
import sys
from bisect import bisect_left, insort
from dataclasses import dataclass, field
from email.utils import formatdate
from itertools import count
from pathlib import Path
from typing import cast
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

HOST = "127.0.0.1"
_XML = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
_MODIFIED_AT = "2026-03-02T00:00:00.000Z"


@dataclass(frozen=True)
class Request:
    """One request: what it asks for, and its body."""

    method: str
    bucket: str
    key: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes = b""


@dataclass(frozen=True)
class Response:
    """One answer; the length of what HEAD does not send stands in its headers."""

    status: str = "200 OK"
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)

    def encoded(self) -> bytes:
        """The bytes that go over the wire."""
        headers = {"Content-Length": str(len(self.body)), "Connection": "keep-alive", **self.headers}
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"HTTP/1.1 {self.status}\r\n{lines}\r\n".encode() + self.body


@dataclass
class Bucket:
    """A folder with its keys in their order, and what is uploaded in parts."""

    folder: Path
    keys: list[str] = field(default_factory=list)
    sizes: dict[str, int] = field(default_factory=dict)
    uploads: dict[str, dict[int, bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Know the files that are there."""
        self.folder.mkdir(parents=True, exist_ok=True)
        files = (path for path in self.folder.rglob("*") if path.is_file())
        self.sizes = {path.relative_to(self.folder).as_posix(): path.stat().st_size for path in files}
        self.keys = sorted(self.sizes)

    def put(self, key: str, body: bytes) -> None:
        path = self.folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        if key not in self.sizes:
            insort(self.keys, key)
        self.sizes[key] = len(body)

    def delete(self, key: str) -> None:
        if key in self.sizes:
            del self.sizes[key]
            self.keys.remove(key)
            (self.folder / key).unlink()


class S3Double:
    """The buckets in a folder, and what is answered about them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._buckets: dict[str, Bucket] = {}
        self._upload_numbers = count(1)

    def answer(self, request: Request) -> Response:
        """Return what S3 would."""
        if request.bucket not in self._buckets:
            self._buckets[request.bucket] = Bucket(self._folder / request.bucket)
        bucket = self._buckets[request.bucket]
        if not request.key:
            return _listing(bucket, request.query)
        if request.method in ("GET", "HEAD"):
            return _object(bucket, request)
        if request.method == "DELETE":
            bucket.delete(request.key)
            return Response("204 No Content")
        return self._written(bucket, request)

    def _written(self, bucket: Bucket, request: Request) -> Response:
        upload_id = request.query.get("uploadId")
        if request.method == "PUT" and upload_id:
            bucket.uploads[upload_id][int(request.query["partNumber"])] = request.body
        elif request.method == "PUT":
            bucket.put(request.key, request.body)
        elif "uploads" in request.query:
            started = str(next(self._upload_numbers))
            bucket.uploads[started] = {}
            names = f"<Bucket>{bucket.folder.name}</Bucket><Key>{escape(request.key)}</Key>"
            return _xml("InitiateMultipartUploadResult", f"{names}<UploadId>{started}</UploadId>")
        else:
            parts = bucket.uploads.pop(cast(str, upload_id))
            bucket.put(request.key, b"".join(parts[number] for number in sorted(parts)))
            names = f"<Bucket>{bucket.folder.name}</Bucket><Key>{escape(request.key)}</Key>"
            return _xml("CompleteMultipartUploadResult", f'{names}<ETag>"0"</ETag>')
        return Response(headers={"ETag": '"0"'})


def _xml(name: str, content: str) -> Response:
    text = f'<?xml version="1.0" encoding="UTF-8"?><{name} {_XML}>{content}</{name}>'
    return Response(body=text.encode(), headers={"Content-Type": "application/xml"})


def _object(bucket: Bucket, request: Request) -> Response:
    size_bytes = bucket.sizes.get(request.key)
    if size_bytes is None:
        missing = b"<Error><Code>NoSuchKey</Code><Message>there is no such key</Message></Error>"
        return Response("404 Not Found", b"" if request.method == "HEAD" else missing)
    headers = {
        "ETag": f'"{size_bytes}"',
        "Last-Modified": formatdate(0, usegmt=True),
        "Accept-Ranges": "bytes",
    }
    if request.method == "HEAD":
        return Response(headers={**headers, "Content-Length": str(size_bytes)})
    body = (bucket.folder / request.key).read_bytes()
    wanted = request.headers.get("range")
    if not wanted:
        return Response(body=body, headers=headers)
    first, _, last = wanted.removeprefix("bytes=").partition("-")
    start = int(first) if first else size_bytes - int(last)
    stop = min(int(last) + 1, size_bytes) if first and last else size_bytes
    headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size_bytes}"
    return Response("206 Partial Content", body[start:stop], headers)


def _listing(bucket: Bucket, query: dict[str, str]) -> Response:
    """Return a page of ListObjectsV2; its token is the last key or folder that was listed."""
    prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
    after = query.get("continuation-token") or query.get("start-after", "")
    most = int(query.get("max-keys", "1000"))
    found: dict[str, str] = {}
    is_truncated = False
    for key in bucket.keys[bisect_left(bucket.keys, max(prefix, after)) :]:
        if not key.startswith(prefix):
            break
        end = key.find(delimiter, len(prefix)) if delimiter else -1
        name = key if end < 0 else key[: end + len(delimiter)]
        if name <= after or name in found or (end >= 0 and after.startswith(name)):
            continue
        if len(found) == most:
            is_truncated = True
            break
        found[name] = _entry(key, bucket.sizes[key]) if end < 0 else _folder(name)
    more = f"<NextContinuationToken>{escape(max(found))}</NextContinuationToken>" if is_truncated else ""
    about = f"<Name>{bucket.folder.name}</Name><Prefix>{escape(prefix)}</Prefix><MaxKeys>{most}</MaxKeys>"
    counts = f"<KeyCount>{len(found)}</KeyCount><IsTruncated>{str(is_truncated).lower()}</IsTruncated>"
    return _xml("ListBucketResult", about + counts + more + "".join(found.values()))


def _entry(key: str, size_bytes: int) -> str:
    about = f"<LastModified>{_MODIFIED_AT}</LastModified><ETag>&quot;{size_bytes}&quot;</ETag>"
    return f"<Contents><Key>{escape(key)}</Key>{about}<Size>{size_bytes}</Size></Contents>"


def _folder(name: str) -> str:
    return f"<CommonPrefixes><Prefix>{escape(name)}</Prefix></CommonPrefixes>"


class _Connection(asyncio.Protocol):
    """One client's connection: requests come one after the other, and are answered in their order."""

    def __init__(self, s3: S3Double) -> None:
        self._s3 = s3
        self._received = bytearray()
        self._head: Request | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        while self._answer_one():
            pass

    def _answer_one(self) -> bool:
        """Answer the first request if all of it is here."""
        if self._head is None:
            end = self._received.find(b"\r\n\r\n")
            if end < 0:
                return False
            self._head = _head(bytes(self._received[:end]).decode())
            del self._received[: end + 4]
            if self._head.headers.get("expect") == "100-continue":
                self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        length = int(self._head.headers.get("content-length", "0"))
        if len(self._received) < length:
            return False
        head, body = self._head, bytes(self._received[:length])
        self._head = None
        del self._received[:length]
        request = Request(head.method, head.bucket, head.key, head.query, head.headers, body)
        self._transport.write(self._s3.answer(request).encoded())
        return True


def _head(text: str) -> Request:
    first, *lines = text.split("\r\n")
    method, target, _ = first.split(" ")
    parts = urlsplit(target)
    bucket, _, key = unquote(parts.path).lstrip("/").partition("/")
    query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Request(method, bucket, key, query, headers)


async def _serve(folder: Path) -> None:
    loop = asyncio.get_running_loop()
    s3 = S3Double(folder)
    server = await loop.create_server(lambda: _Connection(s3), HOST, 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1])))
