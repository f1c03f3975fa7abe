"""Adds to moto 5.2.5 what hosts need and moto lacks. Each function names its gap."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime
from pathlib import Path

from moto.core.responses import ActionResult, EmptyResult
from moto.ec2.models import EC2Backend
from moto.ec2.models.amis import Ami
from moto.ec2.responses import EC2Response

from local_stack.aws.moto_types import Moto, replace_methods

DEBIAN_ACCOUNT = "136693071363"
MOST_CONSOLE = 64 * 1024  # bytes that EC2 keeps of what a host printed
_ARCHITECTURES = {"amd64": "x86_64", "arm64": "arm64"}


def install() -> None:
    """Put every gap's filling in place."""
    _know_debian()
    _keep_termination_protection()
    _change_groups_of_interfaces()
    _change_shutdown_behaviour()
    _change_profiles()
    _show_consoles()


def _know_debian() -> None:
    """moto knows no image of Debian's; its own way to be told, a file, counts for what it makes later only.

    Two dates for each architecture, so that the newest has to be found; they look as Debian's own do.
    """
    describe = EC2Backend.describe_images

    def described(backend: Moto, *rest: Moto, **more: Moto) -> list[Moto]:
        for name, architecture in _ARCHITECTURES.items():
            for date, build in (("20260901", "2222"), ("20261101", "2283")):
                image = f"debian-13-{name}-{date}-{build}"
                image_id = "ami-" + hashlib.sha256(image.encode()).hexdigest()[:17]
                if image_id not in backend.amis:
                    backend.amis[image_id] = _image(backend, image_id, image, architecture, date)
        found: list[Moto] = describe(backend, *rest, **more)
        return found

    replace_methods(EC2Backend, describe_images=described)


def _image(backend: Moto, image_id: str, name: str, architecture: str, date: str) -> Ami:
    return Ami(
        backend,
        image_id,
        name=name,
        architecture=architecture,
        owner_id=DEBIAN_ACCOUNT,
        creation_date=datetime.strptime(date, "%Y%m%d").replace(tzinfo=UTC),
        root_device_name="/dev/xvda",
        root_device_type="ebs",
        virtualization_type="hvm",
        public=True,
    )


def _keep_termination_protection() -> None:
    """moto drops DisableApiTermination from RunInstances; it keeps what ModifyInstanceAttribute says."""
    ask = EC2Response.run_instances

    def asked(response: Moto) -> Moto:
        answer: Moto = ask(response)
        if response._get_bool_param("DisableApiTermination"):
            for instance in answer.result.instances:
                instance.disable_api_termination = True
        return answer

    replace_methods(EC2Response, run_instances=asked)


def _change_groups_of_interfaces() -> None:
    """moto gives an instance other groups, but not its network interface, which is where AWS has them."""
    modify = EC2Backend.modify_instance_security_groups

    def modified(backend: Moto, instance_id: str, new_group_id_list: list[str]) -> Moto:
        instance: Moto = modify(backend, instance_id, new_group_id_list)
        instance.nics[0]._group_set = list(instance.security_groups)
        return instance

    replace_methods(EC2Backend, modify_instance_security_groups=modified)


def _change_shutdown_behaviour() -> None:
    """moto takes a change of what a shutdown does for one of groups, and leaves the instance in none."""
    modify = EC2Response.modify_instance_attribute

    def modified(response: Moto) -> Moto:
        behaviour = response._get_param("InstanceInitiatedShutdownBehavior.Value")
        if behaviour is None:
            return modify(response)
        response.ec2_backend.modify_instance_attribute(
            response._get_param("InstanceId"), "instance_initiated_shutdown_behavior", behaviour
        )
        return EmptyResult()

    replace_methods(EC2Response, modify_instance_attribute=modified)


def _change_profiles() -> None:
    """moto gives an association another profile, but goes on to describe the instance with the old one."""
    replace = EC2Backend.replace_iam_instance_profile_association

    def replaced(backend: Moto, association_id: str, *rest: Moto, **more: Moto) -> Moto:
        association: Moto = replace(backend, association_id, *rest, **more)
        profile = {"Arn": association.iam_instance_profile.arn, "Id": association_id}
        backend.modify_instance_attribute(association.instance_id, "iam_instance_profile", profile)
        return association

    replace_methods(EC2Backend, replace_iam_instance_profile_association=replaced)


def _show_consoles() -> None:
    """moto has one console for all instances; what ours printed is in a folder of the stack."""

    def get_console_output(response: Moto) -> Moto:
        instance = response.ec2_backend.get_instance(response._get_param("InstanceId"))
        file = Path("console") / instance.id  # the stack's folder is the process's own
        text = file.read_text() if file.exists() else ""
        output = base64.b64encode(text[-MOST_CONSOLE:].encode()).decode()
        return ActionResult({"InstanceId": instance.id, "Timestamp": datetime.now(UTC), "Output": output})

    replace_methods(EC2Response, get_console_output=get_console_output)
