"""The pages of accounts: sign-in, keys, usage, the Data Collective. They work without JavaScript."""

from __future__ import annotations

import hmac
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, timedelta

from jinja2 import Environment
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from observer.access import COOKIE, SECURE_COOKIE, Access, principal_of, session_cookie
from observer.accounts.account import IssuedKey
from observer.accounts.application import MOST_CHARACTERS
from observer.accounts.principal import Principal
from observer.accounts.service import Accounts
from observer.accounts.session import LINK_MINUTES
from observer.accounts.sign_in import SignInMeans, new_state
from observer.errors import ForbiddenError, LimitError, QueryError, UnauthenticatedError
from observer.web.forms import Form, read_form, require_own_page, see
from observer.web.usage_chart import usage_chart

_OAUTH_COOKIE = "observer_oauth"
_SIGN_INS = 10
_OVERLAP = timedelta(days=1)

Answer = Callable[[Request, Form], Response]


@dataclass(frozen=True, slots=True)
class AccountPages:
    """What the pages work with. `public_url` is the address of links in mail, and whether cookies need https."""

    accounts: Accounts
    access: Access
    means: SignInMeans
    environment: Environment
    public_url: str | None

    @property
    def is_secure(self) -> bool:
        return (self.public_url or "").startswith("https://")

    @property
    def cookie(self) -> str:
        return SECURE_COOKIE if self.is_secure else COOKIE

    def routes(self) -> list[BaseRoute]:
        """The routes; every change is a POST of a form from a page of ours."""
        posts: dict[str, Answer] = {
            "/sign-in/mail": self.send_link,
            "/sign-in/link": self.use_link,
            "/sign-out": self.sign_out,
            "/account/keys": self.create_key,
            "/account/keys/{key_id:int}/rotate": self.rotate_key,
            "/account/keys/{key_id:int}/revoke": self.revoke_key,
            "/account/sessions/end": self.end_sessions,
            "/account/close": self.close_account,
            "/data-collective": self.apply,
            "/data-collective/applications/{application_id:int}": self.decide,
        }
        gets: dict[str, Callable[[Request], Response]] = {
            "/sign-in": self.sign_in,
            "/sign-in/link": self.confirm_link,
            "/sign-in/github": self.go_to_github,
            "/sign-in/github/callback": self.come_from_github,
            "/account": self.account,
            "/account/usage": self.usage,
            "/data-collective": self.collective,
            "/data-collective/applications": self.applications,
        }
        return [
            *(Route(path, self._post(answer), methods=["POST"]) for path, answer in posts.items()),
            *(Route(path, _get(answer), methods=["GET"]) for path, answer in gets.items()),
        ]

    # Sign-in

    def sign_in(self, request: Request) -> Response:
        if not principal_of(request).is_anonymous:
            return see("/account")
        return self._page(request, "sign_in.html", "Sign in", state="ask")

    def send_link(self, request: Request, form: Form) -> Response:
        self._slow_down(request)
        mailer = self.means.mailer
        if mailer is None or self.public_url is None:
            raise QueryError("this observatory sends no mail", hint="ask whoever runs it for a link")
        token = self.accounts.sessions.mail_link(form.get("address", ""))
        if token is not None:
            link = f"{self.public_url.rstrip('/')}/sign-in/link?token={token}"
            mailer.send_link(form["address"].strip().lower(), link, LINK_MINUTES)
        # The same words whether there is an account or not, and whether mail was sent or too much was sent before.
        return self._page(request, "sign_in.html", "Sign in", state="sent")

    def confirm_link(self, request: Request) -> Response:
        token = request.query_params.get("token", "")[:100]
        response = self._page(request, "sign_in.html", "Sign in", state="confirm", token=token)
        response.headers["Referrer-Policy"] = "same-origin"
        return response

    def use_link(self, request: Request, form: Form) -> Response:
        self._slow_down(request)
        return self._signed_in(request, self.accounts.sessions.sign_in_by_link(form.get("token", "")[:100]))

    def go_to_github(self, request: Request) -> Response:
        if self.means.github is None:
            raise QueryError("sign-in by GitHub is not set up here")
        self._slow_down(request)
        state, verifier = new_state()
        response = RedirectResponse(self.means.github.address(state, verifier), status_code=303)
        self._set(response, _OAUTH_COOKIE, f"{state}.{verifier}", 600, path="/sign-in/github")
        return response

    def come_from_github(self, request: Request) -> Response:
        github, kept = self.means.github, request.cookies.get(_OAUTH_COOKIE, "")
        expected, _, verifier = kept.partition(".")
        state, code = request.query_params.get("state", ""), request.query_params.get("code", "")
        is_ours = bool(expected) and hmac.compare_digest(expected.encode(), state.encode())
        if github is None or not is_ours or not 1 <= len(code) <= 200:
            raise UnauthenticatedError("this sign-in was not begun here, or not ended", hint="sign in again")
        user = github.user(code, verifier)
        response = self._signed_in(request, self.accounts.sessions.sign_in_by_github(user.user_id, user.login))
        response.delete_cookie(_OAUTH_COOKIE, path="/sign-in/github")
        return response

    def sign_out(self, request: Request, form: Form) -> Response:
        self.accounts.sessions.end(self._session(request))
        response = see("/")
        response.delete_cookie(self.cookie, path="/", secure=self.is_secure, httponly=True, samesite="lax")
        return response

    # Keys and usage

    def account(self, request: Request, issued: IssuedKey | None = None) -> Response:
        owner = self._owner(request)
        store, now = self.accounts.store, self.accounts.clock()
        keys = store.keys(owner.account_id or 0)
        return self._page(
            request,
            "account.html",
            "Account",
            account=store.account(owner.account_id or 0),
            keys=[key for key in keys if key.is_valid(now)],
            old_keys=[key for key in keys if not key.is_valid(now)],
            limits=owner.limits,
            issued=issued,
            lifetime=self.accounts.options.key_lifetime,
        )

    def create_key(self, request: Request, form: Form) -> Response:
        owner = self._owner(request)
        issued = self.accounts.store.issue_key(
            owner.account_id or 0, form.get("label", ""), lifetime=self._lifetime(form), actor=_actor(owner)
        )
        return self.account(request, issued)

    def rotate_key(self, request: Request, form: Form) -> Response:
        owner, key_id = self._owner(request), int(request.path_params["key_id"])
        issued = self.accounts.store.rotate_key(owner.account_id or 0, key_id, overlap=_OVERLAP, actor=_actor(owner))
        return self.account(request, issued)

    def revoke_key(self, request: Request, form: Form) -> Response:
        owner, key_id = self._owner(request), int(request.path_params["key_id"])
        self.accounts.store.revoke_key(owner.account_id or 0, key_id, actor=_actor(owner))
        return see("/account")

    def end_sessions(self, request: Request, form: Form) -> Response:
        owner = self._owner(request)
        self.accounts.sessions.end_all(owner.account_id or 0, actor=_actor(owner))
        return see("/sign-in")

    def close_account(self, request: Request, form: Form) -> Response:
        owner = self._owner(request)
        if form.get("sure") != "yes":
            raise QueryError("the account is not closed", hint="tick the box if you are sure")
        self.accounts.store.close_account(owner.account_id or 0, actor=_actor(owner))
        return see("/")

    def usage(self, request: Request) -> Response:
        owner, usage = self._owner(request), self.accounts.usage
        usage.flush()
        rows = usage.by_day(owner.account_id or 0)
        by_day: dict[str, dict[date, float]] = {"requests": defaultdict(float), "units": defaultdict(float)}
        for row in rows:
            by_day["requests"][row.period.date()] += row.requests
            by_day["units"][row.period.date()] += row.units
        last = self.accounts.clock().astimezone(UTC).date()
        options, share = self.accounts.options, usage.share(owner.account_id or 0)
        return self._page(
            request,
            "usage.html",
            "Usage",
            charts={unit: usage_chart(amounts, last, unit) for unit, amounts in by_day.items()},
            rows=rows,
            share=share,
            cost=share.ratio * options.monthly_cost if options.monthly_cost else None,
            options=options,
            limits=owner.limits,
            labels={key.key_id: key.label for key in self.accounts.store.keys(owner.account_id or 0)},
        )

    # The Data Collective

    def collective(self, request: Request) -> Response:
        principal = principal_of(request)
        known = _is_session(principal)
        filed = self.accounts.applications.of_account(principal.account_id or 0) if known else []
        limits = {role.value: limits for role, limits in self.accounts.options.limits.items()}
        return self._page(
            request, "collective.html", "Data Collective", filed=filed, limits=limits, most=MOST_CHARACTERS
        )

    def apply(self, request: Request, form: Form) -> Response:
        owner = self._owner(request)
        texts = {name: form.get(name, "") for name in ("purpose", "experience", "links")}
        self.accounts.applications.apply(owner.account_id or 0, **texts)
        return see("/data-collective")

    def applications(self, request: Request) -> Response:
        self._admin(request)
        found = self.accounts.applications.applications()
        return self._page(request, "applications.html", "Applications", applications=found)

    def decide(self, request: Request, form: Form) -> Response:
        admin = self._admin(request)
        if form.get("verdict") not in ("accept", "decline"):
            raise QueryError("there is no verdict", hint="accept or decline")
        self.accounts.applications.decide(
            int(request.path_params["application_id"]),
            is_accepted=form["verdict"] == "accept",
            note=form.get("note", ""),
            actor=_actor(admin),
        )
        return see("/data-collective/applications")

    # Helpers

    def _page(self, request: Request, template: str, title: str, **context: object) -> Response:
        session = session_cookie(request.headers) or ""
        principal = principal_of(request)
        html = self.environment.get_template(template).render(
            page={"title": title, "description": ""},
            release=None,
            path=request.url.path,
            query="",
            principal=principal if _is_session(principal) else None,
            means=self.means,
            form_token=self.accounts.sessions.form_token(session) if session else "",
            **context,
        )
        return HTMLResponse(html, headers={"Cache-Control": "no-store"})

    def _owner(self, request: Request) -> Principal:
        principal = principal_of(request)
        if not _is_session(principal):
            raise UnauthenticatedError("this page is for those who are signed in", hint="sign in at /sign-in")
        return principal

    def _admin(self, request: Request) -> Principal:
        principal = self._owner(request)
        if not principal.is_admin:
            raise ForbiddenError("this page is for those who review applications")
        return principal

    def _session(self, request: Request) -> str:
        return session_cookie(request.headers) or ""

    def _signed_in(self, request: Request, session: str) -> Response:
        """Begins with the new session alone: one that the browser brought along is ended, whoever set it."""
        old = self._session(request)
        if old:
            self.accounts.sessions.end(old)
        response = see("/account")
        self._set(response, self.cookie, session, int(self.accounts.sessions.lifetime.total_seconds()), path="/")
        return response

    def _set(self, response: Response, name: str, value: str, seconds: int, *, path: str) -> None:
        response.set_cookie(
            name, value, max_age=seconds, path=path, secure=self.is_secure, httponly=True, samesite="lax"
        )

    def _lifetime(self, form: Form) -> timedelta | None:
        longest, text = self.accounts.options.key_lifetime, form.get("days", "")
        if not text:
            return longest
        if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 3650:
            raise QueryError("the days of a key are not between 1 and 3650")
        chosen = timedelta(days=int(text))
        return min(chosen, longest) if longest else chosen

    def _slow_down(self, request: Request) -> None:
        address = self.access.address(request.scope, request.headers) or "local"
        verdict = self.access.limiter.take(f"sign-in:{address}", _SIGN_INS)
        if not verdict.is_allowed:
            raise LimitError("too many attempts to sign in", retry_seconds=verdict.retry_seconds, hint="wait a minute")

    def _post(self, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
        async def handle(request: Request) -> Response:
            require_own_page(request, self.public_url)
            form = await read_form(request)
            session = self._session(request)
            if _is_session(principal_of(request)) and not self.accounts.sessions.is_form_token(
                session, form.get("form_token", "")
            ):
                raise ForbiddenError("the form is too old", hint="open the page again")
            return await run_in_threadpool(answer, request, form)

        return handle


def _get(answer: Callable[[Request], Response]) -> Callable[[Request], Awaitable[Response]]:
    async def handle(request: Request) -> Response:
        if request.url.path.startswith("/account") and not _is_session(principal_of(request)):
            return see("/sign-in")
        return await run_in_threadpool(answer, request)

    return handle


def _is_session(principal: Principal) -> bool:
    return principal.account_id is not None and principal.key_id is None


def _actor(principal: Principal) -> str:
    return f"account {principal.account_id}"
