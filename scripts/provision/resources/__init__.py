"""The sorts of AWS things that a stack can hold, one module per service."""

from provision.resource import Resource
from provision.resources.alarm import Alarm
from provision.resources.amplify import AmplifyApp, AmplifyBranch
from provision.resources.api import Api, ApiIntegration
from provision.resources.api_cors import ApiCors
from provision.resources.api_route import ApiAuthorizer, ApiRoute
from provision.resources.api_stage import ApiStage
from provision.resources.athena import AthenaWorkgroup
from provision.resources.bucket import Bucket
from provision.resources.bucket_access_log import BucketAccessLog
from provision.resources.bucket_policy import BucketPolicy
from provision.resources.dashboard import Dashboard
from provision.resources.default_group import DefaultSecurityGroup
from provision.resources.distribution import Distribution
from provision.resources.endpoint import GatewayEndpoint, InterfaceEndpoint
from provision.resources.flow_log import FlowLog
from provision.resources.function import Function
from provision.resources.function_alias import FunctionAlias
from provision.resources.function_calls import AsynchronousCalls, FunctionPermission
from provision.resources.glue import GlueDatabase, GlueTable
from provision.resources.headers_policy import ResponseHeadersPolicy
from provision.resources.host import Host
from provision.resources.instance_profile import InstanceProfile
from provision.resources.log_group import LogGroup
from provision.resources.network import RouteTable, Subnet, Vpc
from provision.resources.origin_access import OriginAccessControl
from provision.resources.queue import Queue
from provision.resources.role import Role
from provision.resources.schedule import Schedule, ScheduleGroup
from provision.resources.security_group import SecurityGroup, SecurityGroupRules
from provision.resources.spark_application import SparkApplication
from provision.resources.topic import Topic
from provision.resources.user_pool import UserPool, UserPoolClient, UserPoolDomain
from provision.resources.volume import Volume

ALL: tuple[type[Resource], ...] = (
    *(Vpc, Subnet, RouteTable, GatewayEndpoint, InterfaceEndpoint, FlowLog),
    *(DefaultSecurityGroup, SecurityGroup, SecurityGroupRules),
    *(Bucket, BucketPolicy, BucketAccessLog, LogGroup, Role),
    *(InstanceProfile, Volume, Host),
    *(Function, FunctionAlias, FunctionPermission, AsynchronousCalls),
    *(UserPool, UserPoolClient, UserPoolDomain),
    *(AmplifyApp, AmplifyBranch, OriginAccessControl, ResponseHeadersPolicy, Distribution, ApiCors),
    *(Api, ApiAuthorizer, ApiIntegration, ApiRoute, ApiStage),
    *(Queue, ScheduleGroup, Schedule),
    *(GlueDatabase, GlueTable, AthenaWorkgroup, SparkApplication),
    *(Topic, Alarm, Dashboard),
)

__all__ = [
    "ALL",
    "Alarm",
    "AmplifyApp",
    "AmplifyBranch",
    "Api",
    "ApiAuthorizer",
    "ApiCors",
    "ApiIntegration",
    "ApiRoute",
    "ApiStage",
    "AsynchronousCalls",
    "AthenaWorkgroup",
    "Bucket",
    "BucketAccessLog",
    "BucketPolicy",
    "Dashboard",
    "DefaultSecurityGroup",
    "Distribution",
    "FlowLog",
    "Function",
    "FunctionAlias",
    "FunctionPermission",
    "GatewayEndpoint",
    "GlueDatabase",
    "GlueTable",
    "Host",
    "InstanceProfile",
    "InterfaceEndpoint",
    "LogGroup",
    "OriginAccessControl",
    "Queue",
    "ResponseHeadersPolicy",
    "Role",
    "RouteTable",
    "Schedule",
    "ScheduleGroup",
    "SecurityGroup",
    "SecurityGroupRules",
    "SparkApplication",
    "Subnet",
    "Topic",
    "UserPool",
    "UserPoolClient",
    "UserPoolDomain",
    "Volume",
    "Vpc",
]
