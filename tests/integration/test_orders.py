"""Orders as people place them: the real zip with its role, behind the API that lets in who signed in."""

import base64
import json
import time
import uuid
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
import requests
from joserfc import jwt
from joserfc.jwk import RSAKey
from moto.utilities.utils import load_resource
from provision.settings import read_settings

from local_stack.demo_report import client
from local_stack.state import OLTP
from tests.integration.conftest import Demo
from tests.people import Person, new_person, signed_in
from tests.shop.schema import judge

PLACE, LIST, ONE = "POST /v1/orders", "GET /v1/orders", "GET /v1/orders/{order_id}"
POOLS_KEY = "cognitoidp/resources/jwks-private.json"  # the emulator's, one for all pools
BODY = {"items": [{"product_id": "bath-001", "quantity": 2}]}


@pytest.fixture(scope="module")
def person(demo_run: Demo) -> Iterator[Person]:
    """Somebody with an account, whose orders are gone with the tests."""
    made = new_person(demo_run.stack)
    yield made
    with psycopg.connect(demo_run.stack.dsn("owner", OLTP), autocommit=True) as owner:
        owner.execute("delete from shop.orders where customer_id = %s", [made.user_id])


def call(demo_run: Demo, route: str, token: str | None, path: str = "", **more: Any) -> requests.Response:
    """Return the API's answer to who has this token; one that the description allows."""
    method = route.partition(" ")[0]
    headers = {
        **({"authorization": f"Bearer {token}"} if token is not None else {}),
        **more.pop("headers", {}),
    }
    url = f"{demo_run.stack.api_url}/v1/orders{path}"
    answer = requests.request(method, url, headers=headers, timeout=30, **more)
    judge(route, answer.status_code, answer.headers["content-type"], answer.json())
    return answer


def place(demo_run: Demo, token: str | None, key: str | None = None) -> requests.Response:
    headers = {"idempotency-key": key or str(uuid.uuid4())}
    return call(demo_run, PLACE, token, json=BODY, headers=headers)


def test_who_signed_in_orders_and_finds_the_order_again(demo_run: Demo, person: Person) -> None:
    key = str(uuid.uuid4())
    made, again = (place(demo_run, person.access_token, key) for _ in range(2))
    assert (made.status_code, made.json()["value"]) == (201, "59.80")
    assert (again.status_code, again.json()) == (200, made.json())
    number = made.json()["order_id"]
    assert made.headers["location"] == f"/v1/orders/{number}"
    assert call(demo_run, ONE, person.access_token, f"/{number}").json() == made.json()
    listed = call(demo_run, LIST, person.access_token, params={"limit": 25}).json()["orders"]
    assert [order["order_id"] for order in listed].count(number) == 1
    with psycopg.connect(demo_run.stack.dsn("owner", OLTP)) as owner:
        rows = owner.execute("select customer_id from shop.orders where order_id = %s", [number]).fetchall()
    assert rows == [(person.user_id,)]


def test_another_persons_order_is_not_readable(demo_run: Demo, person: Person) -> None:
    other = new_person(demo_run.stack)
    number = place(demo_run, person.access_token).json()["order_id"]
    refused = call(demo_run, ONE, other.access_token, f"/{number}")
    missing = call(demo_run, ONE, other.access_token, "/NO-SUCH")
    assert (refused.status_code, missing.status_code) == (404, 404)
    words = [{**answer.json(), "instance": ""} for answer in (refused, missing)]
    assert words[0] == words[1]
    assert call(demo_run, LIST, other.access_token).json() == {"orders": [], "next_cursor": None}


def with_claims(token: str, **changes: object) -> str:
    """Return the token with other claims, and the signature of those that it had."""
    head, claims, signature = token.split(".")
    decoded = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    encoded = base64.urlsafe_b64encode(json.dumps({**decoded, **changes}).encode()).decode().rstrip("=")
    return f"{head}.{encoded}.{signature}"


def ended(token: str) -> str:
    """Return the token as the pool would have signed it two hours ago: all is right with it but the time."""
    key = RSAKey.import_key(load_resource(POOLS_KEY))
    claims = jwt.decode(token, key, algorithms=["RS256"]).claims
    now = int(time.time())
    times = {"iat": now - 7200, "auth_time": now - 7200, "exp": now - 3600}
    head = {"alg": "RS256", "kid": key.kid}
    return jwt.encode(head, {**claims, **times}, key)


def unsigned(token: str) -> str:
    """Return the token as one that says of itself that it needs no signature."""
    head = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').decode().rstrip("=")
    return f"{head}.{token.split('.')[1]}."


def of_another_pool(demo_run: Demo) -> str:
    """Return an access token that a pool which is not the shop's issued."""
    people = client(demo_run.stack, "cognito-idp")
    pool = people.create_user_pool(PoolName=f"other-{uuid.uuid4().hex[:8]}")["UserPool"]["Id"]
    try:
        flows = ["ALLOW_USER_SRP_AUTH"]
        made = people.create_user_pool_client(UserPoolId=pool, ClientName="x", ExplicitAuthFlows=flows)
        people.admin_create_user(UserPoolId=pool, Username="someone", MessageAction="SUPPRESS")
        people.admin_set_user_password(
            UserPoolId=pool, Username="someone", Password=f"Aa1-{uuid.uuid4()}", Permanent=True
        )
        return signed_in(people, made["UserPoolClient"]["ClientId"], "someone")["AccessToken"]
    finally:
        people.delete_user_pool(UserPoolId=pool)


def statuses(demo_run: Demo, token: str | None) -> list[int]:
    answers = [
        place(demo_run, token),
        call(demo_run, LIST, token),
        call(demo_run, ONE, token, "/NO-SUCH"),
    ]
    return [answer.status_code for answer in answers]


def test_nobody_is_let_in_without_a_token_that_holds(demo_run: Demo, person: Person) -> None:
    token = person.access_token
    refused = {
        "none": None,
        "no token": "x",
        "another person": with_claims(token, sub=str(uuid.uuid4())),
        "a longer life": with_claims(token, exp=int(time.time()) + 86_400),
        "an hour too old": ended(token),
        "unsigned": unsigned(token),
        "another pool": of_another_pool(demo_run),
    }
    found = {name: statuses(demo_run, one) for name, one in refused.items()}
    assert found == {name: [401, 401, 401] for name in refused}
    assert statuses(demo_run, person.id_token) == [403, 403, 403]
    assert statuses(demo_run, token) == [201, 200, 404]


def test_pages_of_the_storefront_may_send_a_key(demo_run: Demo) -> None:
    (origin,) = read_settings().storefront_origins
    wanted = {"origin": origin, "access-control-request-method": "POST"}
    answer = requests.options(f"{demo_run.stack.api_url}/v1/orders", headers=wanted, timeout=10)
    allowed = set(answer.headers["access-control-allow-headers"].split(","))
    assert {"authorization", "content-type", "idempotency-key"} <= allowed
