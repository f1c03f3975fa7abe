"""What the operator must be allowed of Amplify and CloudFront, as a pure function."""

from __future__ import annotations

from provision.aws import Account
from provision.identity import identity_tags
from provision.normal_form import PolicyDocument
from provision.policies.statements import allow
from provision.settings import Settings

# These take no resource. https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudfront.html
CLOUDFRONT_UNNAMED = [
    *("ListDistributions", "ListOriginAccessControls", "ListResponseHeadersPolicies"),
    "CreateOriginAccessControl",
]
MAKING_APPS = ["CreateApp", "CreateBranch", "TagResource"]
OWN_APPS = [
    *("DeleteApp", "DeleteBranch", "UpdateApp", "UpdateBranch"),
    *("CreateDeployment", "StartDeployment"),  # scripts/publish_storefront.py
]
# Jobs, which are what a deployment is called once it is made, carry no tags.
JOBS = ["GetJob", "StopJob"]
# CreateDistribution takes no tags: those of a new one are asked of TagResource.
MAKING_AND_READING = ["CreateDistribution", "GetDistribution", "GetDistributionConfig", "ListTagsForResource"]


def delivery_statements(settings: Settings, account: Account) -> list[PolicyDocument]:
    """By tag where AWS makes up ids. What has neither name nor tag in its ARN is reached in the account.

    What is made gets our tags; nothing that carries another environment's becomes ours by them.
    """
    tags = identity_tags(settings)
    own = {f"aws:ResourceTag/{key}": tags[key] for key in ("Project", "Environment")}
    to_be_own = {
        "StringEquals": {f"aws:RequestTag/{key}": value for key, value in tags.items()},
        "StringEqualsIfExists": own,
    }
    apps = f"arn:aws:amplify:{account.region}:{account.id}:apps/*"
    distributions, access, headers = (
        f"arn:aws:cloudfront::{account.id}:{kind}/*"
        for kind in ("distribution", "origin-access-control", "response-headers-policy")
    )
    controls = [f"{verb}OriginAccessControl" for verb in ("Delete", "Get", "Update")]
    untagged = [f"{verb}ResponseHeadersPolicy" for verb in ("Create", "Delete", "Get", "Update")]
    changes = ["DeleteDistribution", "UpdateDistribution"]
    return [
        _of("amplify", "FindApps", ["ListApps"], "*"),
        # what is not there yet has no tags, so that who looks for it must not need them
        _of("amplify", "ReadBranches", ["GetBranch", "ListJobs"], apps),
        _of("amplify", "FollowDeployments", JOBS, f"{apps}/branches/*/jobs/*"),
        {**_of("amplify", "MakeTaggedApps", MAKING_APPS, apps), "Condition": to_be_own},
        {**_of("amplify", "OwnApps", OWN_APPS, apps), "Condition": {"StringEquals": own}},
        _of("cloudfront", "FindDelivery", CLOUDFRONT_UNNAMED, "*"),
        _of("cloudfront", "MakeAndReadDistributions", MAKING_AND_READING, distributions),
        {**_of("cloudfront", "TagDistributions", ["TagResource"], distributions), "Condition": to_be_own},
        {**_of("cloudfront", "OwnDistributions", changes, distributions), "Condition": {"StringEquals": own}},
        _of("cloudfront", "WaysToBuckets", controls, access),
        _of("cloudfront", "HeadersOfAnswers", untagged, headers),
    ]


def _of(service: str, sid: str, actions: list[str], resource: str | list[str]) -> PolicyDocument:
    return allow(sid, [f"{service}:{action}" for action in actions], resource)
