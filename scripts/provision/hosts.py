"""The hosts of the stack: the shop's database, the warehouse, the dashboards; each with a role of its own."""

from __future__ import annotations

from provision.aws import Account
from provision.identity import identify
from provision.network import Network
from provision.policies import hosts as policies
from provision.resource import Resource
from provision.resources import Host, InstanceProfile, Role, Subnet, Volume
from provision.settings import Settings
from provision.storage import Buckets
from provision.user_data import host_user_data


def build_hosts(settings: Settings, account: Account, network: Network, buckets: Buckets) -> list[Resource]:
    """Roles, profiles, data volumes and hosts, in the order in which they are made."""
    user_data = host_user_data(settings, account, buckets.artifacts.name)
    types = {
        "oltp": settings.oltp_instance_type,
        "warehouse": settings.warehouse_instance_type,
        "dashboards": settings.dashboards_instance_type,
    }
    volumes = {
        "oltp": _volume(settings, account, "oltp-data", settings.oltp_data_gb),
        "warehouse": _volume(settings, account, "warehouse-data", settings.warehouse_data_gb),
    }
    subnets: dict[str, Subnet] = {"oltp": network.oltp_subnet}
    made: list[Resource] = [*volumes.values()]
    for what, instance_type in types.items():
        role = Role(
            identity=identify(settings, what),
            trust=policies.host_trust(),
            policy=policies.host_policy(what, buckets.backups.planned_arn if what in volumes else None),
        )
        profile = InstanceProfile(identity=identify(settings, what), role=role)
        host = Host(
            identity=identify(settings, what),
            role_tag=what,
            instance_type=instance_type,
            architecture=settings.host_architecture,
            subnet=subnets.get(what, network.analytics_subnet),
            security_group=network.groups[what],
            profile=profile,
            root_gb=settings.host_root_gb,
            user_data=user_data,
            data_volume=volumes.get(what),
        )
        made += [role, profile, host]
    return made


def _volume(settings: Settings, account: Account, what: str, size_gb: int) -> Volume:
    """A database's data: `destroy` keeps it, and the next `apply` gives it to the new host."""
    return Volume(
        identity=identify(settings, what),
        keep=True,
        account_id=account.id,
        availability_zone=settings.availability_zone,
        size_gb=size_gb,
    )
