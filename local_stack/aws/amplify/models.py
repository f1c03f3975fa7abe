"""Apps, branches and jobs as Amplify's API describes them: dictionaries with the API's own names."""

from __future__ import annotations

import io
import secrets
import time
import zipfile
from collections.abc import Iterator
from typing import Any

from moto.core.base_backend import BackendDict, BaseBackend
from moto.core.exceptions import ServiceException
from moto.core.resource_tagging import TaggableResourcesMixin, TaggedResource

Described = dict[str, Any]
_APP_DEFAULTS: Described = {
    **{"description": "", "repository": "", "platform": "WEB", "environmentVariables": {}, "tags": {}},
    **{"enableBranchAutoBuild": False, "enableBasicAuth": False, "customRules": []},
    "cacheConfig": {"type": "AMPLIFY_MANAGED"},
}
_BRANCH_DEFAULTS: Described = {
    **{"description": "", "stage": "NONE", "framework": "Web", "environmentVariables": {}, "tags": {}},
    **{"enableNotification": False, "enableAutoBuild": True, "enableBasicAuth": False, "ttl": "5"},
    **{"enablePullRequestPreview": False, "customDomains": [], "activeJobId": "", "totalNumberOfJobs": "0"},
}


class NotFoundError(ServiceException):
    """There is no such app, branch or job."""

    code = "NotFoundException"


class BadRequestError(ServiceException):
    """It cannot be done with this."""

    code = "BadRequestException"


class AmplifyBackend(BaseBackend, TaggableResourcesMixin):
    """One account's apps in one region."""

    SERVICE_NAMESPACE = "amplify"

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.apps: dict[str, Described] = {}
        self.branches: dict[str, dict[str, Described]] = {}  # by app and name
        self.jobs: dict[tuple[str, str], list[Described]] = {}  # by app and branch, oldest first
        self.uploads: dict[str, tuple[str, str, str]] = {}  # secret of an address → app, branch, job
        self.archives: dict[tuple[str, str, str], bytes] = {}

    def create_app(self, settings: Described) -> Described:
        """Return a new app with an id of its own; names may come twice."""
        id_ = f"d{secrets.token_hex(7)[:13]}"
        now = time.time()
        self.apps[id_] = {
            **_APP_DEFAULTS,
            **settings,
            "appId": id_,
            "appArn": f"arn:{self.partition}:amplify:{self.region_name}:{self.account_id}:apps/{id_}",
            "defaultDomain": f"{id_}.amplifyapp.com",
            **{"createTime": now, "updateTime": now},
        }
        self.branches[id_] = {}
        return self.apps[id_]

    def app(self, app_id: str) -> Described:
        """Return the app."""
        if app_id not in self.apps:
            raise NotFoundError(f"App {app_id} not found.")
        return self.apps[app_id]

    def delete_app(self, app_id: str) -> Described:
        """Return the app as it was; its branches go with it."""
        app = self.app(app_id)
        for name in list(self.branches[app_id]):
            self.delete_branch(app_id, name)
        del self.apps[app_id], self.branches[app_id]
        return app

    def create_branch(self, app_id: str, name: str, settings: Described) -> Described:
        """Return a new branch of the app."""
        app = self.app(app_id)
        if name in self.branches[app_id]:
            raise BadRequestError(f"A branch with the name {name} already exists in the app.")
        now = time.time()
        self.branches[app_id][name] = {
            **_BRANCH_DEFAULTS,
            "displayName": name.replace("/", "-"),
            **settings,
            "branchName": name,
            "branchArn": f"{app['appArn']}/branches/{name}",
            **{"createTime": now, "updateTime": now},
        }
        return self.branches[app_id][name]

    def branch(self, app_id: str, name: str) -> Described:
        """Return the branch of the app."""
        self.app(app_id)
        if name not in self.branches[app_id]:
            raise NotFoundError(f"Branch {name} not found for app {app_id}.")
        return self.branches[app_id][name]

    def delete_branch(self, app_id: str, name: str) -> Described:
        """Return the branch as it was; its deployments go with it."""
        branch = self.branch(app_id, name)
        del self.branches[app_id][name]
        self.jobs.pop((app_id, name), None)
        self.uploads = {key: job for key, job in self.uploads.items() if job[:2] != (app_id, name)}
        self.archives = {job: body for job, body in self.archives.items() if job[:2] != (app_id, name)}
        return branch

    def create_deployment(self, app_id: str, name: str) -> tuple[Described, str]:
        """Return a job that waits for its zip, and the secret of the address that takes it."""
        branch = self.branch(app_id, name)
        jobs = self.jobs.setdefault((app_id, name), [])
        if jobs and jobs[-1]["status"] == "PENDING":
            raise BadRequestError(
                f"The last job(deployment) {jobs[-1]['jobId']} was not finished, please wait until it "
                "finish or use StopJob operation to cancel it before creating a new deployment."
            )
        id_, now = str(len(jobs) + 1), time.time()
        job = {
            **{"jobArn": f"{branch['branchArn']}/jobs/{id_.zfill(10)}", "jobId": id_, "jobType": "MANUAL"},
            **{"commitId": "", "commitMessage": "", "commitTime": now, "startTime": now, "status": "PENDING"},
        }
        jobs.append(job)
        branch["totalNumberOfJobs"] = id_
        token = secrets.token_urlsafe(24)
        self.uploads[token] = (app_id, name, id_)
        return job, token

    def start_deployment(self, app_id: str, name: str, job_id: str) -> Described:
        """Return the job, ended: what was uploaded is live if it is a zip, else the job has failed."""
        job, key = self.job(app_id, name, job_id), (app_id, name, job_id)
        if job["status"] != "PENDING":
            raise BadRequestError(f"The deployment {job_id} was started before.")
        self.uploads = {token: found for token, found in self.uploads.items() if found != key}
        archive = self.archives.get(key, b"")
        is_good = zipfile.is_zipfile(io.BytesIO(archive))
        job |= {"status": "SUCCEED" if is_good else "FAILED", "endTime": time.time()}
        if is_good:
            self.branch(app_id, name)["activeJobId"] = job_id
        # what is not live is not kept
        live = (app_id, name, self.branch(app_id, name)["activeJobId"])
        self.archives = {
            found: body for found, body in self.archives.items() if found[:2] != key[:2] or found == live
        }
        return job

    def stop_job(self, app_id: str, name: str, job_id: str) -> Described:
        """Return the job, cancelled if it waited for its zip; what is over stays as it was."""
        job, key = self.job(app_id, name, job_id), (app_id, name, job_id)
        if job["status"] == "PENDING":
            job |= {"status": "CANCELLED", "endTime": time.time()}
        self.uploads = {token: found for token, found in self.uploads.items() if found != key}
        return job

    def job(self, app_id: str, name: str, job_id: str) -> Described:
        """Return the job of the branch."""
        self.branch(app_id, name)
        for job in self.jobs.get((app_id, name), []):
            if job["jobId"] == job_id:
                return job
        raise NotFoundError(f"Job {job_id} not found for branch {name}.")

    def live_archive(self, host: str) -> tuple[Described, bytes] | None:
        """Return the app of a host name such as `live.d1.amplifyapp.com`, and the zip that is live there."""
        for app_id, branches in self.branches.items():
            app = self.apps[app_id]
            for name, branch in branches.items():
                if f"{branch['displayName']}.{app['defaultDomain']}" == host:
                    archive = self.archives.get((app_id, name, branch["activeJobId"]))
                    return None if archive is None else (app, archive)
        return None

    def tags_of(self, arn: str) -> dict[str, str]:
        """Return the tags of an app or a branch, to read or to change."""
        for thing in self.iter_tagged_resources():
            if thing.arn == arn:
                return thing.tags
        raise NotFoundError(f"Resource {arn} not found.")

    def iter_tagged_resources(self) -> Iterator[TaggedResource]:
        """Yield apps and branches, for the tagging service."""
        for app in self.apps.values():
            yield TaggedResource(app["appArn"], app["tags"], "amplify:apps")
        for branches in self.branches.values():
            for branch in branches.values():
                yield TaggedResource(branch["branchArn"], branch["tags"], "amplify:branches")


amplify_backends = BackendDict(AmplifyBackend, "amplify")
