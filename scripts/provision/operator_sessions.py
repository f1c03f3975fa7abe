"""What the operator must be allowed to reach hosts: sessions, and the bucket that files pass through."""

from __future__ import annotations

from provision.aws import Account
from provision.identity import identity_tags
from provision.normal_form import PolicyDocument
from provision.policies.statements import allow, document
from provision.settings import Settings

SHELL, PORT_FORWARDING = "SSM-SessionManagerRunShell", "AWS-StartPortForwardingSession"
# These take no resource.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html
LOOKING = ["ssm:DescribeInstanceInformation", "ssm:DescribeSessions"]


def session_operations(settings: Settings, account: Account) -> PolicyDocument:
    """A shell or a forwarded port on hosts that carry our tags, and on no other; only one's own are ended.

    https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-restrict-access-quickstart.html
    """
    place, stem = f"{account.region}:{account.id}", f"{settings.project}-{settings.environment}"
    instances = f"arn:aws:ec2:{place}:instance/*"
    ours = {f"ssm:resourceTag/{key}": value for key, value in identity_tags(settings).items()}
    documents = [
        f"arn:aws:ssm:{place}:document/{SHELL}",
        f"arn:aws:ssm:{account.region}::document/{PORT_FORWARDING}",
    ]
    # without the check, whoever may start a session may start it with any document
    checked = {"BoolIfExists": {"ssm:SessionDocumentAccessCheck": "true"}}
    starting = allow("SessionsOnOwnHosts", "ssm:StartSession", instances)
    own = [f"arn:aws:ssm:{place}:session/${{aws:{name}}}-*" for name in ("userid", "username")]
    transfer = f"arn:aws:s3:::{stem}-transfer-*"
    return document(
        [
            {**starting, "Condition": {"StringEquals": ours, **checked}},
            {**allow("WithTheseDocuments", "ssm:StartSession", documents), "Condition": checked},
            # the plugin opens what StartSession has made, signed with the caller's own credentials
            allow("SpeakInOwnSessions", ["ssmmessages:OpenDataChannel"], own),
            allow("EndOwnSessions", ["ssm:ResumeSession", "ssm:TerminateSession"], own),
            allow("AreHostsOnline", LOOKING, "*"),
            allow("HandFilesOver", ["s3:GetObject", "s3:PutObject"], f"{transfer}/*"),
        ]
    )
