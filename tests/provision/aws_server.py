"""A moto server in a process of its own, so that what it patches reaches no other test.

It prints its port and lives until its standard input closes. Two commands come that way, each answered by a
line: `keep NAME` remembers all that it holds, `bring back NAME` puts that in place of what it holds now. What
stands in for AWS where moto lacks it: `local_stack.aws.gaps` (update_stage and the like), and bucket policies
answer "neutral": moto 5.2.5 drops conditions that it does not know, so that the TLS-only Deny of every bucket
would refuse all traffic. That the policy is in place is compared as a document; that it works is tested with
the local stack's IAM engine.
"""

import os
import sys
import tempfile
from pathlib import Path

os.environ |= {"MOTO_EC2_LOAD_DEFAULT_AMIS": "false"}  # the default set makes describe_images take 20 s
os.environ.pop("INITIAL_NO_AUTH_ACTION_COUNT", None)

from moto.core.base_backend import BackendDict
from moto.iam.access_control import PermissionResult
from moto.moto_server.threaded_moto_server import ThreadedMotoServer
from moto.s3.models import FakeBucket

from local_stack.aws import gaps, snapshot


def neutral(_bucket: object, _action: str, _resource: str) -> PermissionResult:
    return PermissionResult.NEUTRAL


def obey(line: str, kept: Path) -> None:
    """What a line of standard input asks for is done; no request may be under way meanwhile."""
    verb, _, name = line.strip().rpartition(" ")
    if verb == "keep":
        snapshot.write(kept / name, *snapshot.dump())
        return
    assert verb == "bring back", line
    BackendDict.reset()
    assert snapshot.read(kept / name), f"nothing is kept as {name}"


def main() -> None:
    gaps.install()
    FakeBucket.get_permission = neutral  # type: ignore[method-assign,assignment]  # replaced on purpose
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    print(server.get_host_and_port()[1], flush=True)
    with tempfile.TemporaryDirectory() as kept:
        for line in sys.stdin:
            obey(line, Path(kept))
            print("done", flush=True)
    server.stop()


if __name__ == "__main__":
    main()
