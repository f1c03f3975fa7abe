"""By which way buckets are reached, judged by the two evaluators: through our endpoint, or from anywhere."""

from dataclasses import replace

from provision.storage import ROLES_INSIDE
from provision.user_data import RELEASE_KEY

from tests.judges.estate import Estate
from tests.judges.evaluators import EVERYTHING, Question, by_emulator, by_simulator
from tests.judges.questions import (
    anonymously,
    asked_by,
    asked_from_outside,
    by_operator,
    disagreements,
    through_the_endpoint,
)
from tests.judges.role_work import ROLE_WORK, Call

ANOTHER_ENDPOINT = {"aws:SourceVpce": "vpce-0fedcba9876543210"}
PACKAGE = "{artifacts}/apt/pool/x.deb"


def work_with_buckets(role: str) -> list[Call]:
    return [call for call in ROLE_WORK[role] if call.action.startswith("s3:")]


def from_outside(estate: Estate, **context: str) -> list[Question]:
    return [
        asked_from_outside(estate, role, call, **context)
        for role in ROLES_INSIDE
        for call in work_with_buckets(role)
    ]


def test_who_lives_inside_comes_through_our_endpoint(estate: Estate) -> None:
    # packages, which the dashboards' host reads, too, are read without a login
    assert [role for role in ROLES_INSIDE if not work_with_buckets(role)] == ["dashboards"]
    inside = [asked_by(estate, role, call) for role in ROLES_INSIDE for call in work_with_buckets(role)]
    assert all("aws:SourceVpce" in question.context and question.endpoint for question in inside)
    assert disagreements(inside, is_allowed=True) == []


def test_credentials_from_inside_are_no_use_outside(estate: Estate) -> None:
    """Not from the internet, nor by an endpoint of somebody else, nor with a role that may do everything."""
    questions = from_outside(estate)
    questions += from_outside(estate, **ANOTHER_ENDPOINT)
    questions += [replace(one, identity=(EVERYTHING,)) for one in from_outside(estate)]
    assert len(questions) >= 39
    assert disagreements(questions, is_allowed=False) == []


def test_it_is_the_buckets_own_policy_that_keeps_them_from_outside(estate: Estate) -> None:
    questions = [replace(one, of_resource=None) for one in from_outside(estate)]
    assert disagreements(questions, is_allowed=True) == []


def test_ingest_and_the_operator_come_from_outside(estate: Estate) -> None:
    ingest = [asked_from_outside(estate, "ingest", call) for call in work_with_buckets("ingest")]
    operator = [
        by_operator(estate, action, resource, {})
        for action, resource in (
            ("s3:PutObject", "{artifacts}/functions/etl/x.zip"),
            ("s3:GetObject", "{artifacts}/functions/etl/x.zip"),
            *(("s3:PutBucketPolicy", f"{{{bucket}}}") for bucket in ("raw", "processed", "backups", "media")),
            *(("s3:DeleteBucketPolicy", f"{{{bucket}}}") for bucket in ("raw", "artifacts")),
            ("s3:ListBucket", "{raw}"),
        )
    ]
    assert disagreements([*ingest, *operator], is_allowed=True) == []


def test_the_operator_does_not_speak_in_clear_text(estate: Estate) -> None:
    question = by_operator(estate, "s3:PutBucketPolicy", "{raw}", {"aws:SecureTransport": "false"})
    assert disagreements([question], is_allowed=False) == []


def test_packages_are_read_without_a_login_from_inside(estate: Estate) -> None:
    """S3 does not count this as public: the simulator is told that the bucket is closed to the public."""
    read = anonymously(estate, "s3:GetObject", PACKAGE)
    by_host = asked_by(estate, "dashboards", Call("s3:GetObject", PACKAGE))
    by_etl = asked_by(estate, "etl", Call("s3:GetObject", f"{{artifacts}}/{RELEASE_KEY}"))
    assert disagreements([through_the_endpoint(estate, read), by_host, by_etl], is_allowed=True) == []


def test_packages_for_the_whole_world_would_be_for_nobody(estate: Estate) -> None:
    """Without the endpoint's name in it S3 would count the policy as public, and our buckets take none."""
    read = anonymously(estate, "s3:GetObject", PACKAGE)
    assert read.of_resource is not None
    *others, packages = read.of_resource["Statement"]
    public = {key: value for key, value in packages.items() if key != "Condition"}
    open_to_all = replace(read, of_resource={**read.of_resource, "Statement": [*others, public]})
    assert by_emulator(open_to_all)  # which knows nothing of that: what the policy itself says
    assert by_simulator([open_to_all]) == ["ExplicitlyDenied"]


def test_nobody_reads_packages_from_outside(estate: Estate) -> None:
    read = anonymously(estate, "s3:GetObject", PACKAGE)
    by_others = replace(read, context={**read.context, **ANOTHER_ENDPOINT})
    by_host = asked_from_outside(estate, "dashboards", Call("s3:GetObject", PACKAGE))
    assert disagreements([read, by_others, by_host], is_allowed=False) == []


def test_without_a_login_nothing_but_packages_is_given(estate: Estate) -> None:
    calls = [
        ("s3:GetObject", "{artifacts}/secrets/warehouse/x"),
        ("s3:GetObject", "{artifacts}/functions/etl/x.zip"),
        ("s3:GetObject", "{artifacts}/aptx/x.deb"),
        ("s3:GetObject", "{raw}/events/dt=x/a"),
        ("s3:GetObject", "{backups}/warehouse/x"),
        ("s3:PutObject", PACKAGE),
        ("s3:DeleteObject", PACKAGE),
        ("s3:ListBucket", "{artifacts}"),
    ]
    asked = [anonymously(estate, *call) for call in calls]
    assert disagreements(asked, is_allowed=False) == []
    assert disagreements([through_the_endpoint(estate, one) for one in asked], is_allowed=False) == []
    in_clear_text = through_the_endpoint(estate, anonymously(estate, "s3:GetObject", PACKAGE))
    in_clear_text = replace(in_clear_text, context={**in_clear_text.context, "aws:SecureTransport": "false"})
    assert disagreements([in_clear_text], is_allowed=False) == []
