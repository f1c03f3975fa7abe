"""Things that carry this environment's tags but are not in the stack: reported, never deleted."""

from __future__ import annotations

from collections.abc import Sequence

from provision.aws import Aws
from provision.normal_form import tags_of_pairs
from provision.resource import Resource
from provision.resources import Api, Host


def find_orphans(stack: Sequence[Resource], tags: dict[str, str], aws: Aws) -> list[str]:
    """The ARNs of tagged things that no resource of the stack knows, sorted."""
    for resource in stack:
        resource.read(aws)
    known = {resource.arn for resource in stack}
    # The tagging service calls an API by another ARN than its invocations carry.
    known |= {
        f"arn:aws:apigateway:{aws.region}::/apis/{resource.id}"
        for resource in stack
        if isinstance(resource, Api)
    }
    known |= {resource.root_volume_arn for resource in stack if isinstance(resource, Host)}
    tagged = {
        *(arn for arn in _tagged_arns(tags, aws) if not _is_ended(arn, aws)),
        *_tagged_role_arns(tags, aws),
        *_tagged_profile_arns(tags, aws),
        *_tagged_api_arns(tags, aws),
    }
    return sorted(tagged - known)


def _tagged_arns(tags: dict[str, str], aws: Aws) -> list[str]:
    """In the region, and in the one that knows of CloudFront's things, which are in no region."""
    filters = [{"Key": key, "Values": [value]} for key, value in tags.items()]
    pages = [
        *aws.tagging.get_paginator("get_resources").paginate(TagFilters=filters),
        *aws.global_tagging.get_paginator("get_resources").paginate(
            TagFilters=filters, ResourceTypeFilters=["cloudfront"]
        ),
    ]
    arns = [str(found["ResourceARN"]) for page in pages for found in page["ResourceTagMappingList"]]
    return [arn.removesuffix(":*") for arn in arns]


def _tagged_role_arns(tags: dict[str, str], aws: Aws) -> list[str]:
    """The tagging service does not list roles; their names begin with the project's."""
    pages = aws.iam.get_paginator("list_roles").paginate()
    names = [role["RoleName"] for page in pages for role in page["Roles"]]
    ours = [name for name in names if name.startswith(f"{tags['Project']}-{tags['Environment']}-")]
    roles = [aws.iam.get_role(RoleName=name)["Role"] for name in ours]
    return [role["Arn"] for role in roles if tags.items() <= tags_of_pairs(role.get("Tags", [])).items()]


def _tagged_profile_arns(tags: dict[str, str], aws: Aws) -> list[str]:
    """As with roles; a list of profiles leaves out their tags."""
    pages = aws.iam.get_paginator("list_instance_profiles").paginate()
    names = [one["InstanceProfileName"] for page in pages for one in page["InstanceProfiles"]]
    ours = [name for name in names if name.startswith(f"{tags['Project']}-{tags['Environment']}-")]
    profiles = [aws.iam.get_instance_profile(InstanceProfileName=name)["InstanceProfile"] for name in ours]
    return [one["Arn"] for one in profiles if tags.items() <= tags_of_pairs(one.get("Tags", [])).items()]


def _is_ended(arn: str, aws: Aws) -> bool:
    """An instance that has ended is still listed for an hour, with its tags."""
    if ":instance/" not in arn:
        return False
    wanted = [{"Name": "instance-id", "Values": [arn.rpartition("/")[2]]}]
    pages = aws.ec2.get_paginator("describe_instances").paginate(Filters=wanted)  # type: ignore[arg-type]
    found = [one for page in pages for group in page["Reservations"] for one in group["Instances"]]
    return all(one["State"]["Name"] in {"shutting-down", "terminated"} for one in found)


def _tagged_api_arns(tags: dict[str, str], aws: Aws) -> list[str]:
    """Two APIs may have one name, so they are looked for one by one."""
    pages = aws.apis.get_paginator("get_apis").paginate()
    found = [api for page in pages for api in page["Items"] if tags.items() <= api.get("Tags", {}).items()]
    return [f"arn:aws:apigateway:{aws.region}::/apis/{api['ApiId']}" for api in found]
