"""Least privilege, judged by two evaluators that share no code: they agree, and say what should be.

Here are also the conditions that the emulator cannot try with real calls: a role passed to a service, tags of
EC2's things, the source of a service's call, and policies of endpoints.
"""

import pytest
from provision.identity import identity_tags
from provision.resources import GatewayEndpoint, InterfaceEndpoint, Role

from tests.judges.estate import Estate
from tests.judges.evaluators import EVERYTHING, Question, by_emulator, by_simulator
from tests.judges.questions import TLS, asked_by, by_operator, disagreements, names
from tests.judges.role_work import NOBODYS_WORK, ROLE_WORK, Call, interfaces

OTHER_ACCOUNT = "999999999999"


def forbidden(role: str) -> list[Call]:
    """What is nobody's work, and what is another role's."""
    of_others = [call for other, calls in ROLE_WORK.items() for call in calls if other != role]
    return [*NOBODYS_WORK, *(call for call in of_others if call not in ROLE_WORK[role])]


def test_the_work_of_every_role_is_written_down(estate: Estate) -> None:
    assert set(ROLE_WORK) == {estate.what(part) for part in estate.stack if isinstance(part, Role)}


def test_every_role_may_do_its_work(estate: Estate) -> None:
    questions = [asked_by(estate, role, call) for role, calls in ROLE_WORK.items() for call in calls]
    assert len(questions) >= 25
    assert disagreements(questions, is_allowed=True) == []


def test_every_statement_of_every_role_is_some_work(estate: Estate) -> None:
    """Each policy with one allowing statement less forbids some of the work: none is there for nothing."""
    idle = []
    for role, calls in ROLE_WORK.items():
        statements = estate.find(Role, role).policy["Statement"]
        for number, statement in enumerate(statements):
            if statement["Effect"] == "Deny":
                continue
            less = {"Version": "2012-10-17", "Statement": [*statements[:number], *statements[number + 1 :]]}
            questions = [asked_by(estate, role, call) for call in calls]
            if all(by_emulator(Question(**{**vars(one), "identity": (less,)})) for one in questions):
                idle.append((role, statement["Sid"]))
    assert idle == []


def test_no_role_may_do_anything_else(estate: Estate) -> None:
    questions = [asked_by(estate, role, call) for role in ROLE_WORK for call in forbidden(role)]
    assert len(questions) >= 300
    assert disagreements(questions, is_allowed=False) == []


def test_nobody_speaks_with_a_bucket_in_clear_text(estate: Estate) -> None:
    on_buckets = [
        asked_by(estate, role, call, **{"aws:SecureTransport": "false"})
        for role, calls in ROLE_WORK.items()
        for call in calls
        if call.action.startswith("s3:")
    ]
    assert len(on_buckets) >= 6
    assert disagreements(on_buckets, is_allowed=False) == []


def test_the_code_of_a_function_may_not_touch_the_network(estate: Estate) -> None:
    """AWS sends the function's ARN with every call that its code makes, and with none that Lambda makes."""
    functions = f"arn:aws:lambda:{names(estate)['place']}:function:"
    by_code = [
        asked_by(estate, role, call, **{"lambda:SourceFunctionArn": functions + estate.find(Role, role).name})
        for role in ("etl", "shop")
        for call in interfaces()
    ]
    assert disagreements(by_code, is_allowed=False) == []


def trusted(estate: Estate, role: str, service: str, **context: str) -> Question:
    found = estate.find(Role, role)
    return Question(
        caller=service,
        action="sts:AssumeRole",
        resource=found.arn,
        account=estate.account.id,
        context={f"aws:{key}": value for key, value in context.items()},
        of_resource=found.trust,
    )


def sources(estate: Estate) -> dict[str, tuple[str, dict[str, str]]]:
    """Of each role: the service that takes it on, and what that says of whom it acts for.

    EC2 says nothing of that: a profile can only be given to instances of its own account.
    """
    place, account = f"{estate.account.region}:{estate.account.id}", {"SourceAccount": estate.account.id}
    stem = f"{estate.settings.project}-{estate.settings.environment}"
    group = f"arn:aws:scheduler:{place}:schedule-group/{stem}-schedules"
    application = f"arn:aws:emr-serverless:{place}:/applications/00f0123456789abc"
    log = f"arn:aws:ec2:{place}:vpc-flow-log/fl-0123456789abcdef0"
    return {
        "ingest": ("lambda.amazonaws.com", account),
        "etl": ("lambda.amazonaws.com", account),
        "shop": ("lambda.amazonaws.com", account),
        **dict.fromkeys(("oltp", "warehouse", "dashboards"), ("ec2.amazonaws.com", {})),
        "scheduler": ("scheduler.amazonaws.com", {**account, "SourceArn": group}),
        "spark": ("emr-serverless.amazonaws.com", {**account, "SourceArn": application}),
        "flow-logs": ("vpc-flow-logs.amazonaws.com", {**account, "SourceArn": log}),
    }


def test_a_role_is_taken_on_by_its_service_for_this_account(estate: Estate) -> None:
    assert set(sources(estate)) == set(ROLE_WORK)
    questions = [trusted(estate, role, who, **what) for role, (who, what) in sources(estate).items()]
    assert disagreements(questions, is_allowed=True) == []


def test_a_role_is_not_taken_on_for_others(estate: Estate) -> None:
    questions = []
    for role, (service, source) in sources(estate).items():
        elsewhere = {key: value.replace(estate.account.id, OTHER_ACCOUNT) for key, value in source.items()}
        if source:
            questions += [trusted(estate, role, service, **elsewhere), trusted(estate, role, service)]
        questions += [
            trusted(estate, role, "ecs-tasks.amazonaws.com", **source),
            trusted(estate, role, f"arn:aws:iam::{estate.account.id}:user/someone", **source),
            trusted(estate, role, f"arn:aws:iam::{OTHER_ACCOUNT}:root", **source),
        ]
    assert disagreements(questions, is_allowed=False) == []


def through(estate: Estate, endpoint: dict[str, object], action: str, resource: str, owner: str) -> Question:
    """A call by a role of this account that may do everything: only the endpoint can stop it."""
    return Question(
        caller=f"arn:aws:sts::{estate.account.id}:assumed-role/anything/session",
        action=action,
        resource=resource,
        account=estate.account.id,
        context={**TLS, "aws:ResourceAccount": owner, "aws:PrincipalAccount": estate.account.id},
        identity=(EVERYTHING,),
        endpoint=endpoint,
    )


def test_the_way_to_s3_leads_to_our_buckets_and_the_agents_package(estate: Estate) -> None:
    policy, own = estate.find(GatewayEndpoint, "s3").policy, estate.account.id
    raw, processed = names(estate)["raw"], names(estate)["processed"]
    agent = f"arn:aws:s3:::amazon-ssm-{estate.account.region}"
    may = [
        through(estate, policy, "s3:GetObject", f"{raw}/events/a", own),
        through(estate, policy, "s3:PutObject", f"{processed}/events/a", own),
        through(estate, policy, "s3:ListBucket", raw, own),
        through(estate, policy, "s3:GetObject", f"{agent}/latest/debian_amd64/x.deb", OTHER_ACCOUNT),
    ]
    may_not = [
        through(estate, policy, "s3:PutObject", "arn:aws:s3:::thief/a", OTHER_ACCOUNT),
        through(estate, policy, "s3:GetObject", "arn:aws:s3:::thief/a", OTHER_ACCOUNT),
        # a bucket of our name in another account: after ours was deleted and taken by somebody
        through(estate, policy, "s3:PutObject", f"{raw}/events/a", OTHER_ACCOUNT),
        through(estate, policy, "s3:PutObject", f"{agent}/a", OTHER_ACCOUNT),
        through(estate, policy, "s3:ListBucket", agent, OTHER_ACCOUNT),
        through(estate, policy, "s3:DeleteObject", f"{raw}/events/a", own),
        through(estate, policy, "s3:PutBucketPolicy", raw, own),
    ]
    assert disagreements(may, is_allowed=True) == []
    assert disagreements(may_not, is_allowed=False) == []


def test_session_managers_endpoints_serve_agents_of_this_account_only(estate: Estate) -> None:
    host = f"arn:aws:ec2:{names(estate)['place']}:instance/i-0123456789abcdef0"
    update = ("ssm", "ssm:UpdateInstanceInformation", host)
    channel = ("ssmmessages", "ssmmessages:OpenDataChannel", "*")
    doors = {what: estate.find(InterfaceEndpoint, what).policy for what in ("ssm", "ssmmessages")}
    may = [
        through(estate, doors[door], action, on, estate.account.id) for door, action, on in (update, channel)
    ]
    may_not = [
        Question(**{**vars(one), "context": {**one.context, "aws:PrincipalAccount": OTHER_ACCOUNT}})
        for one in may
    ]
    parameter = f"arn:aws:ssm:{names(estate)['place']}:parameter/x"
    may_not.append(through(estate, doors["ssm"], "ssm:GetParameter", parameter, estate.account.id))
    assert disagreements(may, is_allowed=True) == []
    assert disagreements(may_not, is_allowed=False) == []


def operators_calls(estate: Estate) -> tuple[list[Question], list[Question]]:
    """What the operator may and may not do, where a condition decides."""
    tags = identity_tags(estate.settings)
    ours = {f"aws:ResourceTag/{key}": value for key, value in tags.items()}
    asked = {f"aws:RequestTag/{key}": value for key, value in tags.items()}
    theirs = {**ours, "aws:ResourceTag/Environment": "another"}
    etl, admin = "arn:aws:iam::{account}:role/{stem}-etl", "arn:aws:iam::{account}:role/admin"
    vpc = "arn:aws:ec2:{place}:vpc/vpc-0123456789abcdef0"
    subnet = "arn:aws:ec2:{place}:subnet/subnet-0123456789abcdef0"
    to_lambda = {"iam:PassedToService": "lambda.amazonaws.com"}
    may: list[tuple[str, str, dict[str, str]]] = [
        ("iam:PassRole", etl, to_lambda),
        (
            "iam:PassRole",
            "arn:aws:iam::{account}:role/{stem}-scheduler",
            {"iam:PassedToService": "scheduler.amazonaws.com"},
        ),
        ("ec2:DeleteVpc", vpc, ours),
        ("ec2:DescribeVpcAttribute", vpc, ours),
        ("ec2:CreateSubnet", vpc, ours),
        ("ec2:CreateSubnet", subnet, asked),
        ("ec2:CreateTags", vpc, {"ec2:CreateAction": "CreateVpc"}),
    ]
    may_not: list[tuple[str, str, dict[str, str]]] = [
        ("iam:PassRole", etl, {"iam:PassedToService": "ecs-tasks.amazonaws.com"}),
        ("iam:PassRole", etl, {}),
        ("iam:PassRole", admin, to_lambda),
        ("iam:CreateRole", admin, {}),
        ("iam:CreateUser", "arn:aws:iam::{account}:user/x", {}),
        ("ec2:DeleteVpc", vpc, theirs),
        ("ec2:DeleteVpc", vpc, {}),
        ("ec2:CreateSubnet", vpc, theirs),
        ("ec2:CreateSubnet", subnet, {}),
        ("ec2:CreateTags", vpc, {}),
        ("s3:DeleteBucket", "arn:aws:s3:::another-bucket", {}),
        ("s3:GetObject", "{raw}/events/dt=x/a", {}),
        ("lambda:InvokeFunction", "arn:aws:lambda:{place}:function:{stem}-etl", {}),
    ]
    return [by_operator(estate, *one) for one in may], [by_operator(estate, *one) for one in may_not]


def test_the_operator_passes_and_changes_only_what_is_the_environments(estate: Estate) -> None:
    may, may_not = operators_calls(estate)
    assert disagreements(may, is_allowed=True) == []
    assert disagreements(may_not, is_allowed=False) == []


def test_who_erases_may_read_and_rewrite_raw_and_no_other_operator_may(estate: Estate) -> None:
    line, backup = "{raw}/events/dt=x/a", "arn:aws:s3:::{stem}-backups-{account}/warehouse/x"
    calls = [("s3:GetObject", line), ("s3:PutObject", line)]
    assert disagreements([by_operator(estate, *one, {}, erases=True) for one in calls], is_allowed=True) == []
    assert disagreements([by_operator(estate, *one, {}) for one in calls], is_allowed=False) == []
    beyond = [by_operator(estate, "s3:PutObject", backup, {}, erases=True)]
    assert disagreements(beyond, is_allowed=False) == []


def test_a_question_that_aws_would_not_understand_is_an_error(estate: Estate) -> None:
    typo = Call("s3:PutObjct", "{raw}/events/a")
    with pytest.raises(AssertionError, match="would not understand"):
        by_simulator([asked_by(estate, "ingest", typo)])


def test_a_policy_that_gives_too_much_is_found_by_both(estate: Estate) -> None:
    question = asked_by(estate, "ingest", Call("s3:GetObject", "{raw}/events/dt=x/a"))
    generous = Question(**{**vars(question), "identity": (EVERYTHING,)})
    (found,) = disagreements([generous], is_allowed=False)
    assert found.endswith("emulator True, simulator Allowed")
