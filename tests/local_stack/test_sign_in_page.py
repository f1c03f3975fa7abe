"""People sign up, sign in and sign out on the page that stands in for Cognito's."""

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from local_stack.sign_in.messages import Request
from local_stack.sign_in.testing import ServedPool
from tests.local_stack.conftest import SHOP, Visitors
from tests.local_stack.visitor import PASSWORD, Visitor, claims_of, fields_of


def test_who_signs_up_and_confirms_goes_back_with_a_code_and_the_clients_state(
    visitor: Visitor, email: str
) -> None:
    back = visitor.sign_up(email)
    assert (back.status_code, back.headers["location"].partition("?")[0]) == (302, SHOP)
    assert fields_of(back.headers["location"]).keys() == {"code", "state"}
    assert fields_of(back.headers["location"])["state"] == "s&=<1>"


def test_browser_that_is_signed_in_needs_no_form_unless_it_is_asked_for(visitor: Visitor, email: str) -> None:
    visitor.sign_up(email)
    assert "code" in fields_of(visitor.get("/oauth2/authorize").headers["location"])
    assert "<h1>Sign in</h1>" in visitor.get("/oauth2/authorize", prompt="login").text


def test_who_has_an_account_signs_in_with_its_address_in_any_letters(visitors: Visitors, email: str) -> None:
    first = visitors()
    user_id = claims_of(first.tokens(first.sign_up(email))["access_token"])["sub"]
    again = visitors()
    back = again.sign_in(f" {email.upper()} ")
    assert claims_of(again.tokens(back)["access_token"])["sub"] == user_id


def test_wrong_password_and_no_account_are_told_in_the_same_words(visitors: Visitors, email: str) -> None:
    visitors().sign_up(email)
    wrong, unknown = visitors().sign_in(email, "Bb2-something-else"), visitors().sign_in(f"no-{email}")
    for page in (wrong, unknown):
        assert page.status_code == 400
        assert 'role="alert">Incorrect username or password.</p>' in page.text
    assert f'value="{email}"' in wrong.text


def test_account_without_its_code_gets_none_of_its_tokens(visitors: Visitors, email: str) -> None:
    visitor = visitors()
    form = visitor.submit(visitor.get("/signup"), username=email, password=PASSWORD)
    assert "any six digits will do" in form.text
    assert "<h1>Sign in</h1>" in visitor.get("/oauth2/authorize").text
    for code in ("12345", "12345x", "", "1234567"):
        page = visitor.submit(form, code=code)
        assert (page.status_code, "Invalid verification code" in page.text) == (400, True)
    later = visitors()
    assert "Confirm your account" in later.sign_in(email).text
    assert "code" in fields_of(later.submit(later.get("/confirm"), code="654321").headers["location"])


def test_nobody_confirms_an_account_whose_password_they_have_not_typed(
    visitors: Visitors, email: str
) -> None:
    owner, other = visitors(), visitors()
    owner.submit(owner.get("/signup"), username=email, password=PASSWORD)
    other.get("/login")
    answer = other.session.post(
        f"{other.sign_in_url}/confirm",
        params=other.request_fields(),
        data={"_csrf": other.session.cookies["XSRF-TOKEN"], "code": "123456", "username": email},
        timeout=5,
    )
    assert "<h1>Sign in</h1>" in answer.text


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("short-1A", "Password not long enough"),
        ("all-lower-case-1", "Password must have uppercase characters"),
        ("Aa1-" * 30, "Password too long"),
    ],
)
def test_password_is_held_against_the_pools_policy(
    visitor: Visitor, email: str, password: str, reason: str
) -> None:
    page = visitor.submit(visitor.get("/signup"), username=email, password=password)
    assert page.status_code == 400
    assert f"Password did not conform with policy: {reason}" in page.text
    assert "at least 14 characters" in page.text


def test_address_that_is_taken_or_none_makes_no_account(
    people: ServedPool, visitors: Visitors, email: str
) -> None:
    visitors().sign_up(email)
    count, visitor = len(people.pool.users), visitors()
    for name, reason in (
        (email.upper(), "An account with the given email already exists."),
        ("no-address", "Username should be an email."),
        (f"{'x' * 130}@shop.example", "Username should be an email."),
    ):
        page = visitor.submit(visitor.get("/signup"), username=name, password=PASSWORD)
        assert (page.status_code, reason in page.text) == (400, True), name
    assert len(people.pool.users) == count


def test_disabled_and_temporary_accounts_are_not_let_in(
    people: ServedPool, visitors: Visitors, email: str
) -> None:
    visitors().sign_up(email)
    (user,) = [one for one in people.pool.users.values() if one.attribute_lookup["email"] == email]
    user.status = "FORCE_CHANGE_PASSWORD"
    assert "must be set anew" in visitors().sign_in(email).text
    user.status, user.enabled = "CONFIRMED", False
    assert "User is disabled." in visitors().sign_in(email).text


def test_signing_out_ends_the_browsers_session_and_leads_back(visitor: Visitor, email: str) -> None:
    visitor.sign_up(email)
    back = visitor.get("/logout", logout_uri=SHOP)
    assert (back.status_code, back.headers["location"]) == (302, SHOP)
    assert "<h1>Sign in</h1>" in visitor.get("/oauth2/authorize").text


def test_signing_out_with_an_old_cookie_is_not_undone_by_it(visitors: Visitors, email: str) -> None:
    visitor, thief = visitors(), visitors()
    visitor.sign_up(email)
    thief.session.cookies.update(visitor.session.cookies)
    visitor.get("/logout", logout_uri=SHOP)
    assert "<h1>Sign in</h1>" in thief.get("/oauth2/authorize").text


def test_nobody_is_sent_to_a_stranger(visitor: Visitor) -> None:
    for path, changes in (
        ("/oauth2/authorize", {"redirect_uri": "https://evil.example/"}),
        ("/login", {"redirect_uri": "https://evil.example/"}),
        ("/logout", {"logout_uri": "https://evil.example/"}),
    ):
        page = visitor.get(path, **changes)
        assert (page.status_code, "redirect_mismatch" in page.text) == (400, True), path
        assert "evil.example" not in page.text


def test_form_of_another_page_does_nothing(visitors: Visitors, email: str) -> None:
    visitors().sign_up(email)
    visitor = visitors()
    url, fields = f"{visitor.sign_in_url}/login", {"username": email, "password": PASSWORD}
    for secret in ("", "guessed"):
        visitor.session.cookies.set("XSRF-TOKEN", "mine" if secret else "")
        answer = visitor.session.post(
            url,
            params=visitor.request_fields(),
            data={**fields, "_csrf": secret},
            allow_redirects=False,
            timeout=5,
        )
        assert (answer.status_code, "cognito" in answer.cookies) == (403, False)


def test_what_people_type_is_shown_as_text(visitor: Visitor) -> None:
    nasty = "\"><script>alert(1)</script>'&{{7777*7777}}"
    for page in (
        visitor.sign_in(nasty, "x", state=nasty, nonce=nasty, login_hint=nasty),
        visitor.submit(visitor.get("/signup", state=nasty), username=nasty, password=nasty),
        visitor.session.get(f"{visitor.sign_in_url}/error", params={"error": nasty}, timeout=5),
    ):
        assert "<script" not in page.text
        assert str(7777 * 7777) not in page.text
        policy = page.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-")


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/", "", 404),
        ("POST", "/oauth2/authorize", "", 405),
        ("GET", "/oauth2/token", "", 405),
        ("GET", "/error?a=1&a=2", "", 400),
        ("POST", "/oauth2/token", "grant_type=x&grant_type=y", 400),
        ("POST", "/oauth2/token", "\udcff", 400),
        ("POST", "/oauth2/token", "a=" + "x" * 70_000, 413),
        ("POST", "/oauth2/token", "&".join(f"a{number}=1" for number in range(60)), 400),
    ],
    ids=["no page", "post", "get", "twice", "twice in form", "no text", "too large", "too many fields"],
)
def test_what_cannot_be_read_is_refused_and_is_no_failure(
    people: ServedPool, method: str, path: str, body: str, status: int
) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    sent = body.encode(errors="surrogateescape")
    answer = requests.request(method, f"{people.url}{path}", data=sent, headers=form, timeout=5)
    assert answer.status_code == status


PATHS = [
    *("/oauth2/authorize", "/login", "/signup", "/confirm", "/logout", "/error"),
    *("/oauth2/token", "/oauth2/revoke", "/oauth2/userInfo"),
]
NAMES = ["client_id", "redirect_uri", "response_type", "scope", "state", "code_challenge", "prompt", "error"]
FORM_NAMES = [
    "_csrf",
    "username",
    "password",
    "code",
    "grant_type",
    "refresh_token",
    "token",
    "code_verifier",
]


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_whatever_is_sent_the_page_answers_and_sends_nobody_to_a_stranger(
    people: ServedPool, data: st.DataObject
) -> None:
    known = Visitor(people.url, people.client.id, SHOP).request_fields(scope="openid")
    query = data.draw(st.dictionaries(st.sampled_from(NAMES), st.text(max_size=60)))
    form = data.draw(st.dictionaries(st.sampled_from(FORM_NAMES), st.text(max_size=60)))
    is_known, csrf = data.draw(st.booleans()), data.draw(st.text(max_size=20))
    request = Request(
        method=data.draw(st.sampled_from(["GET", "POST"])),
        path=data.draw(st.sampled_from([*PATHS, "/", "/oauth2"])),
        query={**query, **known} if is_known else {**known, **query},
        form={"client_id": people.client.id, "_csrf": csrf, **form},
        headers={"authorization": data.draw(st.text(max_size=60))},
        cookies={"XSRF-TOKEN": csrf, "cognito": data.draw(st.text(max_size=60))},
    )
    answer = people.door.answer(request)
    assert answer.status < 500
    for name, value in answer.headers:
        assert "\n" not in value
        assert "\r" not in value
        assert name != "location" or value.startswith((SHOP, "/login?", "/confirm?", "/error?"))
