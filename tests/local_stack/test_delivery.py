"""Pages go live in the emulated Amplify Hosting as they do in AWS's: a zip, to an address, then start."""

import io
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError

from local_stack import parts, stack
from local_stack.state import StackState, read
from local_stack.testing import private_stack
from tests.local_stack.estate import Estate, allow, policy, session_client


@pytest.fixture(scope="module")
def own_stack() -> Iterator[StackState]:
    """A stack of this module's own, since a test stops it."""
    with private_stack(("aws",)) as running:
        yield running


@pytest.fixture
def pages(own_stack: StackState) -> Any:
    return Estate(own_stack).client("amplify")


@pytest.fixture
def app(pages: Any) -> Iterator[str]:
    """An app with a branch `live`."""
    app_id = pages.create_app(name="shop", tags={"Project": "shop"})["app"]["appId"]
    pages.create_branch(appId=app_id, branchName="live", stage="PRODUCTION", tags={"Project": "shop"})
    yield app_id
    pages.delete_app(appId=app_id)


def zipped(text: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("index.html", text)
    return stream.getvalue()


def deploy(pages: Any, app: str, body: bytes) -> str:
    made = pages.create_deployment(appId=app, branchName="live")
    assert requests.put(made["zipUploadUrl"], data=body, timeout=10).status_code == 200
    pages.start_deployment(appId=app, branchName="live", jobId=made["jobId"])
    job = pages.get_job(appId=app, branchName="live", jobId=made["jobId"])["job"]["summary"]
    return f"{made['jobId']} {job['status']}"


def live_job(pages: Any, app: str) -> str:
    return str(pages.get_branch(appId=app, branchName="live")["branch"]["activeJobId"])


def test_a_zip_goes_live_and_what_is_none_does_not(pages: Any, app: str) -> None:
    assert deploy(pages, app, zipped("1")) == "1 SUCCEED"
    assert deploy(pages, app, b"no zip") == "2 FAILED"
    assert live_job(pages, app) == "1"
    assert deploy(pages, app, zipped("3")) == "3 SUCCEED"
    assert live_job(pages, app) == "3"
    jobs = pages.list_jobs(appId=app, branchName="live")["jobSummaries"]
    assert [job["jobId"] for job in jobs] == ["3", "2", "1"]


def test_a_deployment_that_waits_for_its_zip_is_in_the_way_of_the_next_until_it_is_stopped(
    pages: Any, app: str
) -> None:
    waiting = pages.create_deployment(appId=app, branchName="live")
    with pytest.raises(ClientError, match=r"The last job\(deployment\) 1 was not finished"):
        pages.create_deployment(appId=app, branchName="live")
    stopped = pages.stop_job(appId=app, branchName="live", jobId="1")["jobSummary"]
    assert stopped["status"] == "CANCELLED"
    assert requests.put(waiting["zipUploadUrl"], data=zipped("late"), timeout=10).status_code == 403
    assert deploy(pages, app, zipped("next")) == "2 SUCCEED"


def test_only_who_knows_the_address_can_upload_and_only_until_it_is_started(pages: Any, app: str) -> None:
    made = pages.create_deployment(appId=app, branchName="live")
    guessed = made["zipUploadUrl"].rpartition("/")[0] + "/guessed"
    assert requests.put(guessed, data=b"x", timeout=10).status_code == 403
    assert requests.get(made["zipUploadUrl"], timeout=10).status_code == 403
    pages.start_deployment(appId=app, branchName="live", jobId=made["jobId"])
    assert requests.put(made["zipUploadUrl"], data=zipped("late"), timeout=10).status_code == 403


def test_a_branch_that_is_there_is_not_made_again(pages: Any, app: str) -> None:
    with pytest.raises(ClientError) as refused:
        pages.create_branch(appId=app, branchName="live")
    assert refused.value.response["Error"]["Code"] == "BadRequestException"
    with pytest.raises(ClientError) as missing:
        pages.get_branch(appId=app, branchName="other")
    assert missing.value.response["Error"]["Code"] == "NotFoundException"


def test_tags_decide_who_may_change_an_app(own_stack: StackState, app: str) -> None:
    estate = Estate(own_stack)
    iam, user, other = estate.client("iam"), estate.name("user"), estate.client("amplify")
    iam.create_user(UserName=user)
    condition = {"StringEquals": {"aws:ResourceTag/Project": "shop"}}
    document = policy(allow(["amplify:UpdateApp"], ["arn:aws:amplify:*:*:apps/*"], Condition=condition))
    iam.put_user_policy(UserName=user, PolicyName="own", PolicyDocument=document)
    key = iam.create_access_key(UserName=user)["AccessKey"]
    client = session_client(own_stack, "amplify", key["AccessKeyId"], key["SecretAccessKey"])
    assert client.update_app(appId=app, description="ours")["app"]["description"] == "ours"
    strange = other.create_app(name="strange")["app"]["appId"]
    attempts: tuple[Callable[[], object], ...] = (
        lambda: client.update_app(appId=strange, description="ours"),
        lambda: client.delete_app(appId=app),
    )
    for attempt in attempts:
        with pytest.raises(ClientError) as refused:
            attempt()
        assert refused.value.response["Error"]["Code"].startswith("AccessDenied")


def test_apps_and_policies_are_there_again_after_a_stop(own_stack: StackState, pages: Any, app: str) -> None:
    delivery = Estate(own_stack).client("cloudfront")
    made = delivery.create_response_headers_policy(ResponseHeadersPolicyConfig={"Name": "shop"})
    deploy(pages, app, zipped("kept"))
    before = pages.get_branch(appId=app, branchName="live")["branch"]
    stack.stop(own_stack, lambda _line: None)
    stopped = read(own_stack.directory)
    assert stopped is not None
    parts.start_python_part(stopped, "aws")
    assert pages.get_branch(appId=app, branchName="live")["branch"] == before
    assert deploy(pages, app, zipped("again")).endswith("SUCCEED")
    found = delivery.get_response_headers_policy(Id=made["ResponseHeadersPolicy"]["Id"])
    assert found["ETag"] == made["ETag"]
