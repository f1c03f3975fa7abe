"""A moto server in a process of its own, so that what it patches reaches no other test.

It prints its port and lives until its standard input closes. What stands in for AWS where moto lacks it:
`local_stack.aws.gaps` (update_stage and the like), and bucket policies answer "neutral": moto 5.2.5 drops
conditions that it does not know, so that the TLS-only Deny of every bucket would refuse all traffic. That the
policy is in place is compared as a document; that it works is tested with the local stack's IAM engine.
"""

import os
import sys

os.environ |= {"MOTO_EC2_LOAD_DEFAULT_AMIS": "false"}  # the default set makes describe_images take 20 s
os.environ.pop("INITIAL_NO_AUTH_ACTION_COUNT", None)

from moto.iam.access_control import PermissionResult
from moto.moto_server.threaded_moto_server import ThreadedMotoServer
from moto.s3.models import FakeBucket

from local_stack.aws import gaps


def neutral(_bucket: object, _action: str, _resource: str) -> PermissionResult:
    return PermissionResult.NEUTRAL


def main() -> None:
    gaps.install()
    FakeBucket.get_permission = neutral  # type: ignore[method-assign,assignment]  # replaced on purpose
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    print(server.get_host_and_port()[1], flush=True)
    sys.stdin.read()
    server.stop()


if __name__ == "__main__":
    main()
