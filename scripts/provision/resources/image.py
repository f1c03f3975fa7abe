"""Debian's own machine images, found by who publishes them and by their names."""

from __future__ import annotations

from provision.aws import Aws
from provision.errors import TerminalError
from provision.resource import Document

DEBIAN_ACCOUNT = "136693071363"  # https://wiki.debian.org/Cloud/AmazonEC2Image/
DEBIAN_RELEASE = "13"


def newest_image(aws: Aws, architecture: str) -> Document:
    """Debian's newest image for amd64 or arm64 in the region, as EC2 describes it."""
    name = f"debian-{DEBIAN_RELEASE}-{architecture}-*"
    pages = aws.ec2.get_paginator("describe_images").paginate(
        Owners=[DEBIAN_ACCOUNT],
        Filters=[{"Name": "name", "Values": [name]}, {"Name": "state", "Values": ["available"]}],
    )
    images = [image for page in pages for image in page["Images"]]
    if not images:
        raise TerminalError(
            f"There must be an image {name} of Debian (account {DEBIAN_ACCOUNT}) in {aws.region}, "
            "found none. Does Debian publish there? Ask: aws ec2 describe-images "
            f"--owners {DEBIAN_ACCOUNT} --filters 'Name=name,Values={name}'; "
            "else change platform_region or platform_host_architecture."
        )
    return max(images, key=lambda image: image["CreationDate"])
