"""Where customers sign in (Cognito): the pool of accounts, the storefront as its client, its own page."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, ClassVar

from provision.aws import Aws
from provision.normal_form import known_tags
from provision.resource import Document, LiveSettings, Resource, only_one
from provision.resources.distribution import Distribution

PASSWORD_POLICY = {
    "MinimumLength": 14,
    "RequireLowercase": True,
    "RequireUppercase": True,
    "RequireNumbers": True,
    "RequireSymbols": True,
    "TemporaryPasswordValidityDays": 3,
}
PAGE_SIZE = 60


@dataclass(kw_only=True)
class UserPool(Resource):
    """Accounts by e-mail address, protected against deletion. Names need not be unique: name and tags are."""

    kind: ClassVar[str] = "user pool"
    fixed: ClassVar[frozenset[str]] = frozenset({"signs_in_with", "is_case_sensitive"})

    region: str

    @property
    def issuer(self) -> str:
        """Who its tokens say that they are from."""
        return f"https://cognito-idp.{self.region}.amazonaws.com/{self.id}"

    def wanted(self) -> LiveSettings:  # noqa: D102
        return {
            "signs_in_with": ["email"],
            "is_case_sensitive": False,
            "verifies": ["email"],
            "password_policy": PASSWORD_POLICY,
            "recovers_by": ["verified_email"],
            "mfa": "OPTIONAL",
            "has_authenticator_app": True,
            "deletion_protection": "ACTIVE",
            "tags": self.identity.tags,
        }

    def read(self, aws: Aws) -> LiveSettings | None:  # noqa: D102
        pages = aws.people.get_paginator("list_user_pools").paginate(MaxResults=PAGE_SIZE)
        named = [pool["Id"] for page in pages for pool in page["UserPools"] if pool["Name"] == self.name]
        found = [aws.people.describe_user_pool(UserPoolId=pool_id)["UserPool"] for pool_id in named]
        live: Any = only_one((pool for pool in found if self._is_ours(pool)), self)
        if live is None:
            return self.absent()
        self.id, self.arn = live["Id"], live["Arn"]
        mfa = aws.people.get_user_pool_mfa_config(UserPoolId=self.id)
        recovery = live.get("AccountRecoverySetting", {}).get("RecoveryMechanisms", [])
        return {
            "signs_in_with": live.get("UsernameAttributes", []),
            "is_case_sensitive": live.get("UsernameConfiguration", {}).get("CaseSensitive", True),
            "verifies": live.get("AutoVerifiedAttributes", []),
            "password_policy": _known(live["Policies"]["PasswordPolicy"], PASSWORD_POLICY),
            "recovers_by": [way["Name"] for way in recovery],
            "mfa": mfa.get("MfaConfiguration", "OFF"),
            "has_authenticator_app": mfa.get("SoftwareTokenMfaConfiguration", {}).get("Enabled", False),
            "deletion_protection": live.get("DeletionProtection", "INACTIVE"),
            "tags": known_tags(live.get("UserPoolTags", {}), self.identity.tags),
        }

    def create(self, aws: Aws) -> None:  # noqa: D102
        made = aws.people.create_user_pool(
            PoolName=self.name,
            UsernameAttributes=["email"],
            UsernameConfiguration={"CaseSensitive": False},
            **self._request(),
        )["UserPool"]
        self.id, self.arn = made["Id"], made["Arn"]
        self._offer_authenticator_app(aws)

    def update(self, aws: Aws, changed: Collection[str]) -> None:  # noqa: ARG002, D102 - what is left out is reset
        aws.people.update_user_pool(UserPoolId=self.id, **self._request())
        self._offer_authenticator_app(aws)

    def delete(self, aws: Aws) -> None:  # noqa: D102
        open_request = {**self._request(), "DeletionProtection": "INACTIVE"}
        aws.people.update_user_pool(UserPoolId=self.id, **open_request)
        aws.people.delete_user_pool(UserPoolId=self.id)
        self.absent()

    def _is_ours(self, pool: Document) -> bool:
        """By the project's and environment's tags; ManagedBy may be lost and is then put back."""
        tags = pool.get("UserPoolTags", {})
        return all(tags.get(key) == self.identity.tags[key] for key in ("Project", "Environment"))

    def _offer_authenticator_app(self, aws: Aws) -> None:
        """Second factors have a call of their own; an app's codes need no phone number and cost nothing."""
        aws.people.set_user_pool_mfa_config(
            UserPoolId=self.id,
            SoftwareTokenMfaConfiguration={"Enabled": True},
            MfaConfiguration="OPTIONAL",
        )

    def _request(self) -> Document:
        return {
            "Policies": {"PasswordPolicy": PASSWORD_POLICY},
            "DeletionProtection": "ACTIVE",
            "AutoVerifiedAttributes": ["email"],
            "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email"]},
            "AccountRecoverySetting": {"RecoveryMechanisms": [{"Priority": 1, "Name": "verified_email"}]},
            "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": False},  # customers sign up themselves
            "UserPoolTags": self.identity.tags,
        }


@dataclass(kw_only=True)
class UserPoolClient(Resource):
    """A web page as the pool's client: it can keep no secret, so it has none."""

    kind: ClassVar[str] = "user pool client"
    fixed: ClassVar[frozenset[str]] = frozenset({"has_secret"})

    pool: UserPool
    shop: Distribution  # to whose first page the pool's own page may send people back
    return_urls: tuple[str, ...]  # and others

    def wanted(self) -> LiveSettings:  # noqa: D102
        return {"has_secret": False, **self._request()}

    def read(self, aws: Aws) -> LiveSettings | None:  # noqa: D102
        if not self.pool.exists:
            return self.absent()
        pages = aws.people.get_paginator("list_user_pool_clients").paginate(
            UserPoolId=self.pool.id, MaxResults=PAGE_SIZE
        )
        found = [item for page in pages for item in page["UserPoolClients"]]
        listed = only_one((item for item in found if item["ClientName"] == self.name), self)
        if listed is None:
            return self.absent()
        self.id = listed["ClientId"]
        live: Document = aws.people.describe_user_pool_client(UserPoolId=self.pool.id, ClientId=self.id)[
            "UserPoolClient"
        ]
        settings = {key: live.get(key) for key in self._request()}
        sorted_lists = {
            key: sorted(value) if isinstance(value, list) else value for key, value in settings.items()
        }
        return {"has_secret": "ClientSecret" in live, **sorted_lists}

    def create(self, aws: Aws) -> None:  # noqa: D102
        made = aws.people.create_user_pool_client(
            UserPoolId=self.pool.id, ClientName=self.name, GenerateSecret=False, **self._request()
        )
        self.id = made["UserPoolClient"]["ClientId"]

    def update(self, aws: Aws, changed: Collection[str]) -> None:  # noqa: ARG002, D102 - what is left out is reset
        aws.people.update_user_pool_client(
            UserPoolId=self.pool.id, ClientId=self.id, ClientName=self.name, **self._request()
        )

    def delete(self, aws: Aws) -> None:  # noqa: D102
        aws.people.delete_user_pool_client(UserPoolId=self.pool.id, ClientId=self.id)
        self.absent()

    def _request(self) -> Document:
        """Passwords never travel (SRP), or are typed on the pool's own page (code flow, with PKCE)."""
        urls = sorted({*self.return_urls, f"{self.shop.origin}/"})
        return {
            "ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"],
            "PreventUserExistenceErrors": "ENABLED",
            "EnableTokenRevocation": True,
            "AccessTokenValidity": 60,
            "IdTokenValidity": 60,
            "RefreshTokenValidity": 1,  # the shop's pages keep it as long as their tab is open
            "TokenValidityUnits": {"AccessToken": "minutes", "IdToken": "minutes", "RefreshToken": "days"},
            "SupportedIdentityProviders": ["COGNITO"],
            "AllowedOAuthFlowsUserPoolClient": True,
            "AllowedOAuthFlows": ["code"],
            "AllowedOAuthScopes": ["email", "openid"],
            "CallbackURLs": urls,
            "LogoutURLs": urls,
        }


@dataclass(kw_only=True)
class UserPoolDomain(Resource):
    """The address of the pool's own sign-in page. Prefixes are shared by all of AWS; it has no tags."""

    kind: ClassVar[str] = "user pool domain"
    fixed: ClassVar[frozenset[str]] = frozenset({"pool"})

    pool: UserPool

    def wanted(self) -> LiveSettings:  # noqa: D102
        return {"pool": self.pool.id}

    def read(self, aws: Aws) -> LiveSettings | None:  # noqa: D102
        live = aws.people.describe_user_pool_domain(Domain=self.name)["DomainDescription"]
        if not live.get("UserPoolId"):
            return self.absent()
        self.id = self.name
        return {"pool": live["UserPoolId"]}

    def create(self, aws: Aws) -> None:  # noqa: D102
        aws.people.create_user_pool_domain(Domain=self.name, UserPoolId=self.pool.id)
        self.id = self.name

    def update(self, aws: Aws, changed: Collection[str]) -> None:  # noqa: ARG002, D102 - its pool is fixed
        return

    def delete(self, aws: Aws) -> None:  # noqa: D102
        aws.people.delete_user_pool_domain(Domain=self.name, UserPoolId=self.pool.id)
        self.absent()


def _known(live: Document, wanted: Document) -> Document:
    return {key: live.get(key) for key in wanted}
