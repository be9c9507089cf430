"""The pages of accounts: sign-in by mail and GitHub against local servers, keys, forms that others cannot send."""

from __future__ import annotations

import base64
import email
import hashlib
import html
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient
from tests.unit.accounts.conftest import MovingClock, Place

from observer.accounts.principal import Role
from observer.accounts.service import Accounts
from observer.accounts.sign_in import GitHub, Mailer, MailServer, SignInMeans
from observer.query.read_model import ReadModel
from observer.server import create_app
from observer.testing.served import served
from observer.web.app import WebSettings

BASE = "https://observer.example"
OWN = {"Origin": BASE, "Sec-Fetch-Site": "same-origin"}


@dataclass
class PostOffice:
    """An SMTP server (RFC 5321) on a thread, and what it was given."""

    port: int = 0
    messages: list[str] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)


@contextmanager
def post_office() -> Iterator[PostOffice]:
    office = PostOffice()
    listener = socket.create_server(("127.0.0.1", 0))
    office.port = listener.getsockname()[1]

    def talk(connection: socket.socket) -> None:
        with connection, connection.makefile("rwb", buffering=0) as lines:
            lines.write(b"220 test\r\n")
            while line := lines.readline():
                word = line[:4].upper()
                if word == b"DATA":
                    lines.write(b"354 go on\r\n")
                    text = b""
                    while (more := lines.readline()) != b".\r\n":
                        text += more
                    office.messages.append(text.decode())
                elif word == b"RCPT":
                    office.recipients.append(line.decode().strip())
                lines.write(b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")
                if word == b"QUIT":
                    return

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=talk, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    yield office
    listener.close()


@dataclass
class Hub:
    """A GitHub: checks client, code and PKCE as RFC 6749 and 7636 say."""

    url: str = ""
    asked: list[dict[str, str]] = field(default_factory=list)
    user_id: int = 42
    challenge: str = ""

    def app(self) -> Starlette:
        async def token(request: Request) -> Response:
            form = dict(await request.form())
            self.asked.append({name: str(value) for name, value in form.items()})
            digest = hashlib.sha256(str(form["code_verifier"]).encode()).digest()
            proof = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            if form["code"] != "the-code" or form["client_secret"] != "app-secret" or proof != self.challenge:
                return JSONResponse({"error": "bad_verification_code"})
            return JSONResponse({"access_token": "gho_1", "token_type": "bearer"})

        async def user(request: Request) -> Response:
            if request.headers.get("authorization") != "Bearer gho_1":
                return Response(status_code=401)
            return JSONResponse({"id": self.user_id, "login": "ada"})

        return Starlette(routes=[Route("/login/oauth/access_token", token, methods=["POST"]), Route("/user", user)])


@dataclass
class World:
    """A site with its post office and its GitHub."""

    accounts: Accounts
    browser: Callable[[], TestClient]
    office: PostOffice
    hub: Hub
    mailer: Mailer

    def mailed_link(self, browser: TestClient, address: str) -> str:
        answer = browser.post("/sign-in/mail", data={"address": address}, headers=OWN)
        assert answer.status_code == 200, answer.text
        self.wait()
        body = email.message_from_string(self.office.messages[-1]).get_payload()
        found = re.search(r"https://\S+", str(body).replace("=\r\n", "").replace("=3D", "="))
        assert found
        return found[0]

    def wait(self) -> None:
        """Until all mail is sent: both of the mailer's threads are free."""
        gate = threading.Barrier(3)
        for _ in range(2):
            self.mailer._threads.submit(gate.wait, 10)
        gate.wait(10)

    def signed_in(self, *, is_admin: bool = False, role: Role = Role.USER) -> tuple[TestClient, int]:
        browser = self.browser()
        account = self.accounts.store.create("Ada", role=role, is_admin=is_admin, actor="test")
        token = self.accounts.sessions.account_link(account.account_id, actor="test")
        answer = browser.post("/sign-in/link", data={"token": token}, headers=OWN)
        assert answer.status_code == 303, answer.text
        return browser, account.account_id


@pytest.fixture
def world(place: Place, moving_clock: MovingClock, accounts: Accounts) -> Iterator[World]:
    with ExitStack() as stack:
        office = stack.enter_context(post_office())
        hub = Hub()
        hub.url = stack.enter_context(served(hub.app()))
        mailer = Mailer(MailServer("127.0.0.1", office.port, "Observer <post@observer.example>", "none"), "Test")
        github = GitHub("app", "app-secret", f"{BASE}/sign-in/github/callback", hub.url, hub.url)
        model = ReadModel(place.urls.reader, place.releases, clock=moving_clock)
        settings = WebSettings("Test", moving_clock, "1+a", BASE)
        app = create_app(model, settings, accounts=accounts, sign_in=SignInMeans(mailer, github))
        stack.enter_context(TestClient(app))

        def browser() -> TestClient:
            return TestClient(app, base_url=BASE, client=("203.0.113.7", 1), follow_redirects=False)

        yield World(accounts, browser, office, hub, mailer)


def form_token(browser: TestClient, path: str = "/account") -> str:
    found = re.search(r'name="form_token" value="([0-9a-f]{64})"', browser.get(path).text)
    assert found, browser.get(path).text
    return found[1]


def post(browser: TestClient, path: str, **data: str) -> httpx.Response:
    return browser.post(path, data={"form_token": form_token(browser), **data}, headers=OWN)


def test_a_link_by_mail_signs_in_once_and_the_address_is_not_kept(world: World) -> None:
    browser = world.browser()
    link = world.mailed_link(browser, " Ada@Example.org ")
    token = parse_qs(urlsplit(link).query)["token"][0]

    page = browser.get(link)
    assert page.status_code == 200 and token in page.text
    assert "set-cookie" not in page.headers, "looking at a link signs nobody in"
    answer = browser.post("/sign-in/link", data={"token": token}, headers=OWN)
    again = world.browser().post("/sign-in/link", data={"token": token}, headers=OWN)

    assert answer.status_code == 303 and answer.headers["location"] == "/account"
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-observer_session=")
    assert {"HttpOnly", "Secure", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
    assert browser.get("/account").status_code == 200
    assert again.status_code == 401
    assert world.office.recipients == ["rcpt TO:<ada@example.org>"]
    everything = dump(world.accounts)
    assert "example.org" not in everything.lower()
    assert token not in everything


def dump(accounts: Accounts) -> str:
    with accounts.database.transaction() as connection:
        names = connection.execute("select tablename from pg_tables where schemaname = 'accounts'").fetchall()
        rows = [
            connection.execute(f"select t::text from accounts.{name} as t").fetchall()
            for (name,) in names
            if name != "migrations"
        ]
    return str(rows)


def test_the_same_address_finds_the_same_account(world: World) -> None:
    for _ in range(2):
        browser = world.browser()
        token = parse_qs(urlsplit(world.mailed_link(browser, "ada@example.org")).query)["token"][0]
        browser.post("/sign-in/link", data={"token": token}, headers=OWN)

    assert len(world.accounts.store.accounts()) == 1


def test_nobody_learns_whether_an_address_has_an_account(world: World) -> None:
    browser = world.browser()
    token = parse_qs(urlsplit(world.mailed_link(browser, "ada@example.org")).query)["token"][0]
    browser.post("/sign-in/link", data={"token": token}, headers=OWN)

    answers = [
        world.browser().post("/sign-in/mail", data={"address": address}, headers=OWN)
        for address in ["ada@example.org"] * 4 + ["nobody@example.org"]
    ]

    assert len({(answer.status_code, answer.text) for answer in answers}) == 1
    world.wait()
    assert len(world.office.messages) == 1 + 3 + 1, "an address gets three links in a quarter of an hour"


def test_a_link_is_too_old_after_a_quarter_of_an_hour(world: World, moving_clock: MovingClock) -> None:
    browser = world.browser()
    token = parse_qs(urlsplit(world.mailed_link(browser, "ada@example.org")).query)["token"][0]
    moving_clock.move(minutes=15, seconds=1)

    assert browser.post("/sign-in/link", data={"token": token}, headers=OWN).status_code == 401


@pytest.mark.parametrize("address", ["x", "a@b", "a@example.org\r\nBcc: b@example.org", "a b@example.org", "<a@b.org>"])
def test_what_is_no_address_gets_no_mail(address: str, world: World) -> None:
    answer = world.browser().post("/sign-in/mail", data={"address": address}, headers=OWN)

    assert answer.status_code == 400
    world.wait()
    assert world.office.messages == []


def test_tries_to_sign_in_are_counted(world: World) -> None:
    browser = world.browser()

    statuses = [browser.post("/sign-in/link", data={"token": f"{n}"}, headers=OWN).status_code for n in range(12)]

    assert statuses == [401] * 10 + [429] * 2


def to_github(world: World, browser: TestClient) -> str:
    begun = browser.get("/sign-in/github")
    query = parse_qs(urlsplit(begun.headers["location"]).query)
    world.hub.challenge = query["code_challenge"][0]
    assert begun.headers["location"].startswith(f"{world.hub.url}/login/oauth/authorize?")
    assert query["redirect_uri"] == [f"{BASE}/sign-in/github/callback"]
    return query["state"][0]


def test_github_signs_in_by_number_with_state_and_proof(world: World) -> None:
    for _ in range(2):
        browser = world.browser()
        state = to_github(world, browser)
        answer = browser.get("/sign-in/github/callback", params={"state": state, "code": "the-code"})
        assert answer.status_code == 303 and answer.headers["location"] == "/account"
        assert "ada" in browser.get("/account").text

    assert [account.name for account in world.accounts.store.accounts()] == ["ada"]
    assert world.hub.asked[0]["client_secret"] == "app-secret"


def test_a_callback_that_this_browser_did_not_begin_signs_nobody_in(world: World) -> None:
    state = to_github(world, world.browser())
    victim = world.browser()

    for params in ({"state": state, "code": "the-code"}, {"code": "the-code"}, {"state": "", "code": "the-code"}):
        answer = victim.get("/sign-in/github/callback", params=params)
        assert answer.status_code == 401, params
    own = to_github(world, victim)
    assert victim.get("/sign-in/github/callback", params={"state": own, "code": "stolen"}).status_code == 401
    assert world.accounts.store.accounts() == []


def test_a_session_that_was_planted_is_not_the_one_that_signs_in(world: World) -> None:
    browser = world.browser()
    browser.cookies.set("__Host-observer_session", "planted-by-somebody", domain="observer.example")
    account = world.accounts.store.create("Ada", actor="test")
    token = world.accounts.sessions.account_link(account.account_id, actor="test")

    browser.post("/sign-in/link", data={"token": token}, headers=OWN)
    attacker = world.browser()
    attacker.cookies.set("__Host-observer_session", "planted-by-somebody", domain="observer.example")

    assert attacker.get("/account").headers["location"] == "/sign-in"
    new = [cookie.value for cookie in browser.cookies.jar if cookie.value != "planted-by-somebody"]
    assert len(new) == 1 and len(new[0] or "") >= 43


def test_a_person_makes_rotates_and_revokes_keys(world: World) -> None:
    browser, account = world.signed_in()

    made = post(browser, "/account/keys", label="<laptop>", days="30")
    key = re.search(r"oso_live_\w{36}", made.text)
    assert key and "&lt;laptop&gt;" in made.text
    assert made.headers["cache-control"] == "no-store"
    assert key[0] not in browser.get("/account").text, "shown once"
    number = world.accounts.store.keys(account)[0].key_id
    rotated = post(browser, f"/account/keys/{number}/rotate")
    second = re.search(r"oso_live_\w{36}", rotated.text)
    assert second and second[0] != key[0]
    assert post(browser, f"/account/keys/{number}/revoke").status_code == 303

    statuses = [
        world.browser().get("/api/v1/metrics", headers={"X-API-Key": found}).status_code
        for found in (key[0], second[0])
    ]
    assert statuses == [401, 200]
    actions = [line.action for line in world.accounts.applications.audit(account_id=account)]
    assert actions[:3] == ["key revoked", "key rotated", "key created"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": BASE, "Sec-Fetch-Site": "cross-site"},
        {"Origin": BASE, "Sec-Fetch-Site": "same-site"},
    ],
    ids=["no origin", "another site", "opaque", "cross-site", "a sibling"],
)
def test_a_form_of_another_site_is_refused(headers: dict[str, str], world: World) -> None:
    browser, account = world.signed_in()
    token = form_token(browser)

    for path in ("/account/keys", "/sign-out", "/account/close", "/data-collective", "/sign-in/mail"):
        data = {"form_token": token, "label": "x", "sure": "yes", "purpose": "x", "address": "a@example.org"}
        assert browser.post(path, data=data, headers=headers).status_code == 403, path

    assert world.accounts.store.keys(account) == []
    assert browser.get("/account").status_code == 200


def test_a_form_needs_the_token_of_its_own_session(world: World) -> None:
    browser, account = world.signed_in()
    other, _ = world.signed_in()

    for token in ("", "0" * 64, form_token(other), "é"):
        answer = browser.post("/account/keys", data={"form_token": token, "label": "x"}, headers=OWN)
        assert answer.status_code == 403, token

    assert world.accounts.store.keys(account) == []


def test_the_keys_of_others_do_not_exist(world: World) -> None:
    browser, _ = world.signed_in()
    _, other = world.signed_in()
    issued = world.accounts.store.issue_key(other, "theirs", lifetime=None, actor="test")

    for action in ("rotate", "revoke"):
        answers = [post(browser, f"/account/keys/{number}/{action}") for number in (issued.key.key_id, 999_999)]
        assert [answer.status_code for answer in answers] == [404, 404]
        texts = [re.sub(r"\d+", "N", answer.text) for answer in answers]
        assert texts[0] == texts[1], "no word tells a foreign key from none"


def test_an_api_key_opens_no_page_of_the_account(world: World) -> None:
    _, account = world.signed_in()
    secret = world.accounts.store.issue_key(account, "laptop", lifetime=None, actor="test").secret

    assert world.browser().get("/account", headers={"X-API-Key": secret}).headers["location"] == "/sign-in"
    answer = world.browser().post(
        "/account/keys", data={"label": "more"}, headers={**OWN, "Authorization": f"Bearer {secret}"}
    )
    assert answer.status_code == 401


def test_signing_out_ends_the_session_on_the_server(world: World, moving_clock: MovingClock) -> None:
    browser, _ = world.signed_in()
    stolen = world.browser()
    stolen.cookies.update(browser.cookies)

    answer = post(browser, "/sign-out")

    assert answer.status_code == 303 and 'observer_session=""' in answer.headers["set-cookie"]
    stolen.app.state.access.resolver.forget()  # type: ignore[attr-defined]
    assert stolen.get("/account").headers["location"] == "/sign-in"


def test_a_session_ends_by_its_age(world: World, moving_clock: MovingClock) -> None:
    browser, _ = world.signed_in()
    moving_clock.move(days=14, seconds=1)
    browser.app.state.access.resolver.forget()  # type: ignore[attr-defined]

    assert browser.get("/account").headers["location"] == "/sign-in"


def test_no_parameter_leads_away_from_the_site(world: World) -> None:
    browser, _ = world.signed_in()

    for name in ("next", "redirect", "return_to", "url"):
        answer = browser.get("/sign-in", params={name: "https://evil.example/"})
        assert answer.headers["location"] == "/account"
    assert "evil" not in world.browser().get("/sign-in?next=https://evil.example/").text


def test_an_accepted_application_raises_the_role_and_every_key_with_it(world: World) -> None:
    browser, account = world.signed_in()
    admin, _ = world.signed_in(is_admin=True)
    secret = world.accounts.store.issue_key(account, "laptop", lifetime=None, actor="test").secret

    assert post(browser, "/data-collective", purpose="<script>measure</script>").status_code == 303
    assert post(browser, "/data-collective", purpose="again").status_code == 400
    assert browser.get("/data-collective/applications").status_code == 403
    review = admin.get("/data-collective/applications").text
    assert "&lt;script&gt;measure" in review and "<script>measure" not in review
    number = re.search(r"/data-collective/applications/(\d+)", review)
    assert number
    assert post(browser, f"/data-collective/applications/{number[1]}", verdict="accept").status_code == 403
    assert (
        post(admin, f"/data-collective/applications/{number[1]}", verdict="accept", note="Welcome").status_code == 303
    )

    assert "Welcome" in html.unescape(browser.get("/data-collective").text)
    browser.app.state.access.resolver.forget()  # type: ignore[attr-defined]
    told = world.browser().get("/api/v1/metrics", headers={"X-API-Key": secret})
    assert told.headers["RateLimit-Policy"] == '"minute";q=1000;w=60'


def test_the_page_of_usage_adds_up_to_what_was_asked(world: World) -> None:
    browser, account = world.signed_in()
    secret = world.accounts.store.issue_key(account, "laptop", lifetime=None, actor="test").secret
    for _ in range(7):
        assert world.browser().get("/api/v1/metrics", headers={"X-API-Key": secret}).status_code == 200
    world.browser().get("/api/v1/metrics")

    page = browser.get("/account/usage")
    rows = [row for row in world.accounts.usage.by_day(account) if row.key_id is not None]

    assert page.status_code == 200 and page.text.count('<svg class="chart"') == 2
    assert [(row.surface, row.requests) for row in rows] == [("rest", 7)]
    assert rows[0].bytes > 0 and rows[0].seconds > 0
    assert rows[0].units == pytest.approx(rows[0].seconds / 60 * 3 + rows[0].bytes / 1e9)
    assert 0 < world.accounts.usage.share(account).ratio < 1, "somebody without a key used some too"
    assert world.accounts.store.keys(account)[0].last_used_at is not None


def test_a_closed_account_opens_nothing_and_is_forgotten(world: World) -> None:
    browser, account = world.signed_in()
    secret = world.accounts.store.issue_key(account, "laptop", lifetime=None, actor="test").secret

    assert post(browser, "/account/close").status_code == 400
    assert post(browser, "/account/close", sure="yes").status_code == 303

    browser.app.state.access.resolver.forget()  # type: ignore[attr-defined]
    assert browser.get("/account").headers["location"] == "/sign-in"
    assert world.browser().get("/api/v1/metrics", headers={"X-API-Key": secret}).status_code == 401
    assert world.accounts.store.account(account).name == "closed"
