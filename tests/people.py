"""Customers with accounts of their own in the user pool of a stack."""

import uuid
from dataclasses import dataclass
from typing import Any

from local_stack.demo_report import client
from local_stack.state import StackState


@dataclass(frozen=True)
class Person:
    """Somebody who signed in with an e-mail address and a password."""

    user_id: str
    access_token: str
    id_token: str


def new_person(stack: StackState) -> Person:
    """Tokens that the user pool issued to a new account through the storefront's client."""
    people = client(stack, "cognito-idp")
    (pool,) = people.list_user_pools(MaxResults=60)["UserPools"]
    (storefront,) = people.list_user_pool_clients(UserPoolId=pool["Id"])["UserPoolClients"]
    email, password = f"{uuid.uuid4()}@shop.example", f"Aa1-{uuid.uuid4()}"
    made = people.admin_create_user(
        UserPoolId=pool["Id"],
        Username=email,
        MessageAction="SUPPRESS",
        UserAttributes=[{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}],
    )["User"]
    people.admin_set_user_password(UserPoolId=pool["Id"], Username=email, Password=password, Permanent=True)
    tokens = signed_in(people, storefront["ClientId"], email)
    (user_id,) = [one["Value"] for one in made["Attributes"] if one["Name"] == "sub"]
    return Person(user_id, tokens["AccessToken"], tokens["IdToken"])


def signed_in(people: Any, client_id: str, email: str) -> dict[str, str]:
    """Return the tokens of an SRP sign-in; the emulator checks the steps, not the proof in them."""
    challenge = people.initiate_auth(
        AuthFlow="USER_SRP_AUTH",
        ClientId=client_id,
        AuthParameters={"USERNAME": email, "SRP_A": uuid.uuid4().hex},
    )
    tokens: dict[str, str] = people.respond_to_auth_challenge(
        ClientId=client_id,
        ChallengeName=challenge["ChallengeName"],
        Session=challenge["Session"],
        ChallengeResponses={
            "USERNAME": challenge["ChallengeParameters"]["USERNAME"],
            "PASSWORD_CLAIM_SECRET_BLOCK": challenge["ChallengeParameters"]["SECRET_BLOCK"],
            "PASSWORD_CLAIM_SIGNATURE": "x",
            "TIMESTAMP": "x",
        },
    )["AuthenticationResult"]
    return tokens
