"""The network against an emulated AWS: who may talk with whom, and that nothing else can."""

import ipaddress
from dataclasses import replace
from types import SimpleNamespace

import pytest
from provision import engine
from provision.aws import Account, Aws
from provision.errors import TransientError
from provision.function_zip import FunctionZip
from provision.plan import EXIT_CHANGES_WAITING
from provision.resource import Document, Resource
from provision.resources import (
    DefaultSecurityGroup,
    FlowLog,
    Function,
    InterfaceEndpoint,
    SecurityGroup,
    SecurityGroupRules,
    Vpc,
)
from provision.settings import Settings
from provision.stack import build_stack

STEM = "cloudworks-production-"
Pair = tuple[str, int, str]


@pytest.fixture
def stack(settings: Settings, account: Account, small_zips: dict[str, FunctionZip]) -> list[Resource]:
    return build_stack(settings, account, small_zips)


def ignore(_line: str) -> None:
    """Progress that nobody reads."""


def short(peer: SecurityGroup | str) -> str:
    return peer if isinstance(peer, str) else peer.name.removeprefix(STEM)


def allowed(stack: list[Resource], direction: str) -> set[Pair]:
    """Who may open a connection, to which port, of whom; as one side's rules have it."""
    found: set[Pair] = set()
    for part in stack:
        if isinstance(part, SecurityGroupRules):
            own, rules = short(part.group), part.ingress if direction == "ingress" else part.egress
            ends = [(own, short(rule.peer)) for rule in rules]
            ends = ends if direction == "egress" else [(peer, own) for _, peer in ends]
            found |= {(first, rule.port, last) for (first, last), rule in zip(ends, rules, strict=True)}
    return found


DATABASES = {
    ("etl", 5432, "warehouse"),
    ("dashboards", 5432, "warehouse"),
    ("etl", 5432, "oltp"),
    ("shop", 5432, "oltp"),
}
OPERATORS = {(host, 443, "endpoints") for host in ("oltp", "warehouse", "dashboards")}


def test_these_may_talk_with_each_other_and_nobody_else(stack: list[Resource]) -> None:
    assert allowed(stack, "ingress") == DATABASES | OPERATORS


def test_whoever_may_be_called_can_be_called(stack: list[Resource], account: Account) -> None:
    to_s3 = {
        (who, 443, account.s3_prefix_list_id) for who in ("oltp", "warehouse", "dashboards", "etl", "shop")
    }
    assert allowed(stack, "egress") == allowed(stack, "ingress") | to_s3


def test_no_security_group_lets_a_network_in_or_out(stack: list[Resource]) -> None:
    rules = [part for part in stack if isinstance(part, SecurityGroupRules)]
    assert rules
    for rule in (one for part in rules for one in (*part.ingress, *part.egress)):
        with pytest.raises(ValueError, match="does not appear to be"):
            ipaddress.ip_network(short(rule.peer))


def test_a_shop_can_do_without_session_manager(
    settings: Settings, account: Account, small_zips: dict[str, FunctionZip], aws: Aws
) -> None:
    lean = build_stack(replace(settings, session_manager_endpoints=False), account, small_zips)
    assert [part for part in lean if isinstance(part, InterfaceEndpoint)] == []
    assert allowed(lean, "ingress") == DATABASES
    engine.apply(lean, aws, ignore)
    assert engine.plan(lean, aws).is_empty


def test_the_vpc_has_the_dns_that_private_names_need(stack: list[Resource]) -> None:
    (vpc,) = [part for part in stack if isinstance(part, Vpc)]
    assert vpc.wanted().items() >= {"dns_support": True, "dns_hostnames": True}.items()


def test_the_default_group_is_closed_and_found_open_again(stack: list[Resource], aws: Aws) -> None:
    vpc, group = (
        next(part for part in stack if isinstance(part, type_)) for type_ in (Vpc, DefaultSecurityGroup)
    )
    vpc.create(aws)
    assert engine.plan([group], aws).exit_code == EXIT_CHANGES_WAITING
    group.create(aws)
    (live,) = aws.ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc.id]}])[
        "SecurityGroups"
    ]
    assert (live["GroupId"], live["IpPermissions"], live["IpPermissionsEgress"]) == (group.id, [], [])


def test_a_default_group_that_was_given_back_stays_closed(stack: list[Resource], aws: Aws) -> None:
    vpc, group = (
        next(part for part in stack if isinstance(part, type_)) for type_ in (Vpc, DefaultSecurityGroup)
    )
    vpc.create(aws)
    group.create(aws)
    group_id = group.id
    group.delete(aws)
    (live,) = aws.ec2.describe_security_groups(GroupIds=[group_id])["SecurityGroups"]
    assert (live["IpPermissions"], live["IpPermissionsEgress"], live.get("Tags", [])) == ([], [], [])


def test_a_refused_flow_log_says_what_aws_says(stack: list[Resource], aws: Aws) -> None:
    vpc, log = (next(part for part in stack if isinstance(part, type_)) for type_ in (Vpc, FlowLog))
    vpc.create(aws)
    refusal: Document = {"FlowLogIds": [], "Unsuccessful": [{"Error": {"Message": "no such role"}}]}

    def answer(**_: object) -> Document:
        return SimpleNamespace(status_code=200), refusal

    refuse: Document = answer
    aws.ec2.meta.events.register("before-call.ec2.CreateFlowLogs", refuse)
    with pytest.raises(TransientError, match="no such role"):
        log.create(aws)


def test_the_role_of_a_function_in_the_vpc_goes_after_its_interfaces(
    settings: Settings, account: Account, small_zips: dict[str, FunctionZip]
) -> None:
    """Lambda takes them away in the role's name; `destroy` waits for that at subnets and groups."""
    stack = build_stack(settings, account, small_zips)
    place = {id(part): number for number, part in enumerate(stack)}
    inside = [part for part in stack if isinstance(part, Function) and part.subnets]
    assert inside
    for function in inside:
        network = [place[id(part)] for part in (*function.subnets, *function.security_groups)]
        assert place[id(function.role)] < min(network) < max(network) < place[id(function)]
