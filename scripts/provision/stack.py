"""Every AWS thing of the platform, in the order in which it is made. Read it as the architecture."""

from __future__ import annotations

from collections.abc import Mapping

from provision.aws import Account
from provision.catalog import build_catalog
from provision.function_zip import FunctionZip
from provision.functions import (
    Ground,
    clock,
    dead_letter_queue,
    etl_function,
    ingest_function,
    shop_function,
)
from provision.hosts import build_hosts
from provision.network import build_network
from provision.public_layer import Behind, public_layer
from provision.resource import Resource
from provision.settings import Settings
from provision.spark import build_spark
from provision.storage import bucket_policies, build_buckets
from provision.watching import watching


def build_stack(settings: Settings, account: Account, zips: Mapping[str, FunctionZip]) -> list[Resource]:
    """All resources in order: whatever one refers to stands before it."""
    # Buckets for media, raw and processed events, artifacts, backups, and who asked them for what.
    buckets = build_buckets(settings, account)
    # Two private subnets, S3 as the only way out, and who may talk with whom.
    network = build_network(settings, account, reachable=buckets.from_inside, backups=buckets.backups)
    # What the buckets say themselves, now that the way to them is known.
    storage_rules = bucket_policies(settings, account, buckets, network.s3_endpoint)
    # Functions, and where a run of the ETL that failed waits for a person.
    dead_letters = dead_letter_queue(settings)
    ground = Ground(settings, account, zips, buckets, network)
    ingest, etl, shop = ingest_function(ground), etl_function(ground, dead_letters), shop_function(ground)
    # Sign-in, the shop's pages and media, and the HTTP API, whose routes go to ingest and to the shop.
    public = public_layer(settings, account, Behind(ingest.live, shop.live), buckets.media)
    # The hosts of the databases and the dashboards.
    hosts = build_hosts(settings, account, network, buckets)
    # A table over the processed files, for questions by Athena.
    catalog = build_catalog(settings, account, buckets.processed)
    # Spark for more events than one function can take, by setting.
    spark = build_spark(settings, account, network, buckets)
    estate = [
        *buckets.resources,
        *(part.function.role for part in (ingest, etl, shop)),
        *network.resources,
        *storage_rules,
        dead_letters,
        *ingest.resources,
        *etl.resources,
        *shop.resources,
        *public,
        *hosts,
        *clock(settings, account, etl, shop, dead_letters),
        *catalog,
        *spark,
    ]
    # Alarms on all of that, who is told, and the page to read in the morning.
    return [*estate, *watching(settings, account, estate)]
