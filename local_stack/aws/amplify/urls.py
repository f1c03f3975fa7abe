"""Where moto finds Amplify's calls, and the address that a deployment is uploaded to."""

from __future__ import annotations

from local_stack.aws.amplify.responses import AmplifyResponse

_APP, _BRANCH = r"{0}/apps/(?P<app_id>[^/]+)", r"/branches/(?P<branch_name>[^/]+)"
_PATHS = (
    r"{0}/apps$",
    rf"{_APP}$",
    rf"{_APP}/branches$",
    rf"{_APP}{_BRANCH}$",
    rf"{_APP}{_BRANCH}/deployments$",
    rf"{_APP}{_BRANCH}/deployments/start$",
    rf"{_APP}{_BRANCH}/jobs$",
    rf"{_APP}{_BRANCH}/jobs/(?P<job_id>[^/]+)$",
    rf"{_APP}{_BRANCH}/jobs/(?P<job_id>[^/]+)/stop$",
    r"{0}/tags/(?P<resource_arn>.+)$",
)
url_bases = [r"https?://amplify\.(.+)\.amazonaws\.com"]
url_paths = {
    **dict.fromkeys(_PATHS, AmplifyResponse.dispatch),
    # moto takes `<service>_<region>` at the begin of an unsigned path for the service that is meant
    r"{0}/amplify_(?P<region>[^/]+)/uploads/(?P<token>[^/]+)$": AmplifyResponse.upload,
    r"{0}/amplify_(?P<region>[^/]+)/sites/(?P<host>[^/]+)/(?P<path>.*)$": AmplifyResponse.show,
}
