"""Every AWS thing of the platform, in the order in which it is made. Read it as the architecture."""

from __future__ import annotations

from collections.abc import Mapping

from provision.aws import Account
from provision.function_zip import FunctionZip
from provision.functions import Ground, clock, dead_letter_queue, etl_function, ingest_function
from provision.network import build_network
from provision.public_layer import public_layer
from provision.resource import Resource
from provision.settings import Settings
from provision.storage import bucket_policies, build_buckets
from provision.watching import watching


def build_stack(settings: Settings, account: Account, zips: Mapping[str, FunctionZip]) -> list[Resource]:
    """All resources in order: whatever one refers to stands before it."""
    # Buckets for media, raw and processed events, artifacts and backups.
    buckets = build_buckets(settings, account)
    # Two private subnets, S3 as the only way out, and who may talk with whom.
    network = build_network(settings, account, reachable=buckets.from_inside)
    # What the buckets say themselves, now that the way to them is known.
    storage_rules = bucket_policies(buckets, network.s3_endpoint)
    # Functions, and where a run of the ETL that failed waits for a person.
    dead_letters = dead_letter_queue(settings)
    ground = Ground(settings, account, zips, buckets, network)
    ingest, etl = ingest_function(ground), etl_function(ground, dead_letters)
    # Sign-in and the HTTP API, whose routes go to ingest.
    public = public_layer(settings, account, ingest.live)
    estate = [
        *buckets.resources,
        *network.resources,
        *storage_rules,
        dead_letters,
        *ingest.resources,
        *etl.resources,
        *public,
        *clock(settings, account, etl, dead_letters),
    ]
    # Alarms on all of that, who is told, and the page to read in the morning.
    return [*estate, *watching(settings, account, estate)]
