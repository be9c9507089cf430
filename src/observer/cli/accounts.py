"""Commands about accounts: create, keys, roles, applications, usage, audit."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from observer.cli.console import print_json, print_table
from observer.cli.observatory import current

if TYPE_CHECKING:
    from observer.accounts.account import IssuedKey
    from observer.accounts.service import Accounts

ACTOR = "command line"
_ROLES = click.Choice(["user", "developer"])

_account = click.argument("account_id", type=click.IntRange(min=1))
_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group(name="accounts")
def accounts() -> None:
    """Accounts, API keys, applications to the Data Collective."""


@accounts.command("create")
@click.argument("name")
@click.option("--role", type=_ROLES, default="user", show_default=True, help="Whose limits the account has.")
@click.option("--admin", "is_admin", is_flag=True, help="Let the account review applications.")
@click.option("--key", "label", help="Issue a first key with this label.")
@_json_option
@click.pass_context
def create_account(ctx: click.Context, name: str, role: str, is_admin: bool, label: str | None, as_json: bool) -> None:
    """Make an account called NAME."""
    from observer.accounts.principal import Role

    with opened_accounts(ctx) as service:
        account = service.store.create(name, role=Role(role), is_admin=is_admin, actor=ACTOR)
        issued = None
        if label:
            lifetime = service.options.key_lifetime
            issued = service.store.issue_key(account.account_id, label, lifetime=lifetime, actor=ACTOR)
    if as_json:
        print_json({"account_id": account.account_id, "key": issued.secret if issued else None})
        return
    click.echo(f"account {account.account_id}, {account.name}, {account.role.value}")
    if issued:
        _tell(issued)


@accounts.command("list")
@_json_option
@click.pass_context
def list_accounts(ctx: click.Context, as_json: bool) -> None:
    """All accounts."""
    with opened_accounts(ctx) as service:
        found = service.store.accounts()
    rows = [
        (a.account_id, a.name, a.role.value, "admin" if a.is_admin else "", a.created_at, a.closed_at) for a in found
    ]
    _show(("account", "name", "role", "rights", "created", "closed"), rows, as_json)


@accounts.command("role")
@_account
@click.argument("role", type=_ROLES)
@click.option("--admin/--no-admin", "is_admin", default=None, help="Whether the account reviews applications.")
@click.pass_context
def set_role(ctx: click.Context, account_id: int, role: str, is_admin: bool | None) -> None:
    """Give an account a role."""
    from observer.accounts.principal import Role

    with opened_accounts(ctx) as service:
        service.store.set_role(account_id, Role(role), is_admin=is_admin, actor=ACTOR)
    click.echo(f"account {account_id} is a {role}")


@accounts.command("close")
@_account
@click.confirmation_option(prompt="End the account with all its keys?")
@click.pass_context
def close_account(ctx: click.Context, account_id: int) -> None:
    """End an account and forget whose it was."""
    with opened_accounts(ctx) as service:
        service.store.close_account(account_id, actor=ACTOR)
    click.echo(f"account {account_id} is closed")


@accounts.command("link")
@_account
@click.pass_context
def make_link(ctx: click.Context, account_id: int) -> None:
    """Print a link that signs in on the website as the account: once, within 15 minutes."""
    from observer.cli.serving import address

    settings = current(ctx).settings
    base = settings.observatory.public_url or address(settings.server.host, settings.server.port)
    with opened_accounts(ctx) as service:
        token = service.sessions.account_link(account_id, actor=ACTOR)
    click.echo(f"{base.rstrip('/')}/sign-in/link?token={token}")


@accounts.command("issue-key")
@_account
@click.argument("label")
@click.option(
    "--days", type=click.IntRange(min=0), help="How long it lives; 0 for ever. By default [accounts] key_days."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def issue_key(ctx: click.Context, account_id: int, label: str, days: int | None, as_json: bool) -> None:
    """Make a new key of an account, called LABEL. It is printed now and never again."""
    with opened_accounts(ctx) as service:
        lifetime = service.options.key_lifetime if days is None else timedelta(days=days) if days else None
        issued = service.store.issue_key(account_id, label, lifetime=lifetime, actor=ACTOR)
    _tell(issued, as_json=as_json)


@accounts.command("rotate-key")
@_account
@click.argument("key_id", type=click.IntRange(min=1))
@click.option("--overlap-hours", type=click.FloatRange(0, 168), default=24, show_default=True,
              help="How long the old key goes on.")  # fmt: skip
@_json_option
@click.pass_context
def rotate_key(ctx: click.Context, account_id: int, key_id: int, overlap_hours: float, as_json: bool) -> None:
    """Make a new key in the place of another, which ends after a while."""
    with opened_accounts(ctx) as service:
        issued = service.store.rotate_key(account_id, key_id, overlap=timedelta(hours=overlap_hours), actor=ACTOR)
    _tell(issued, as_json=as_json)


@accounts.command("revoke-key")
@_account
@click.argument("key_id", type=click.IntRange(min=1))
@click.pass_context
def revoke_key(ctx: click.Context, account_id: int, key_id: int) -> None:
    """Stop a key; servers refuse it within a second."""
    with opened_accounts(ctx) as service:
        service.store.revoke_key(account_id, key_id, actor=ACTOR)
    click.echo(f"key {key_id} is revoked")


@accounts.command("revoke-leaked")
@click.pass_context
def revoke_leaked(ctx: click.Context) -> None:
    """Stop the key that is typed or piped in, for instance one that was found in public."""
    secret = sys.stdin.readline().strip() or click.prompt("key", hide_input=True)
    with opened_accounts(ctx) as service:
        was_known = service.store.revoke_secret(secret, actor=ACTOR)
    click.echo("the key is revoked" if was_known else "no valid key has this secret")


@accounts.command("keys")
@_account
@_json_option
@click.pass_context
def list_keys(ctx: click.Context, account_id: int, as_json: bool) -> None:
    """The keys of an account, newest first."""
    with opened_accounts(ctx) as service:
        found = service.store.keys(account_id)
    rows = [(k.key_id, k.masked, k.label, k.created_at, k.expires_at, k.last_used_at, k.revoked_at) for k in found]
    _show(("key", "begins and ends", "label", "created", "expires", "last used", "revoked"), rows, as_json)


@accounts.command("usage")
@_account
@click.option("--days", type=click.IntRange(1, 400), default=31, show_default=True, help="How far back.")
@_json_option
@click.pass_context
def show_usage(ctx: click.Context, account_id: int, days: int, as_json: bool) -> None:
    """What an account used, by day, key and part of the API."""
    with opened_accounts(ctx) as service:
        found = service.usage.by_day(account_id, days)
    rows = [
        (f"{r.period:%Y-%m-%d}", r.key_id, r.surface, r.requests, r.refused, r.bytes, round(r.seconds, 3), r.units)
        for r in found
    ]
    _show(("day", "key", "part", "requests", "refused", "bytes", "seconds", "units"), rows, as_json)


@accounts.command("applications")
@click.option("--all", "is_all", is_flag=True, help="Decided ones too.")
@_json_option
@click.pass_context
def list_applications(ctx: click.Context, is_all: bool, as_json: bool) -> None:
    """Applications to the Data Collective that wait for a decision."""
    with opened_accounts(ctx) as service:
        found = service.applications.applications(only_open=not is_all)
    verdicts = {None: "open", True: "accepted", False: "declined"}
    rows = [
        (a.application_id, a.account_id, a.name, a.submitted_at, verdicts[a.is_accepted], a.purpose, a.links)
        for a in found
    ]
    _show(("application", "account", "name", "submitted", "state", "purpose", "links"), rows, as_json)


@accounts.command("accept")
@click.argument("application_id", type=click.IntRange(min=1))
@click.option("--note", default="", help="What the applicant reads.")
@click.pass_context
def accept_application(ctx: click.Context, application_id: int, note: str) -> None:
    """Accept an application: the account becomes a developer's."""
    with opened_accounts(ctx) as service:
        done = service.applications.decide(application_id, is_accepted=True, note=note, actor=ACTOR)
    click.echo(f"account {done.account_id} is a developer")


@accounts.command("decline")
@click.argument("application_id", type=click.IntRange(min=1))
@click.option("--note", default="", help="What the applicant reads.")
@click.pass_context
def decline_application(ctx: click.Context, application_id: int, note: str) -> None:
    """Decline an application."""
    with opened_accounts(ctx) as service:
        done = service.applications.decide(application_id, is_accepted=False, note=note, actor=ACTOR)
    click.echo(f"the application of account {done.account_id} is declined")


@accounts.command("audit")
@click.option("--account", "account_id", type=click.IntRange(min=1), help="Of one account only.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True, help="The most lines.")
@_json_option
@click.pass_context
def show_audit(ctx: click.Context, account_id: int | None, limit: int, as_json: bool) -> None:
    """Who did what, newest first."""
    with opened_accounts(ctx) as service:
        found = service.applications.audit(account_id=account_id, limit=limit)
    rows = [(line.at, line.actor, line.action, line.account_id, line.detail) for line in found]
    _show(("at", "who", "what", "account", "detail"), rows, as_json)


@contextmanager
def opened_accounts(ctx: click.Context) -> Iterator[Accounts]:
    """The accounts of the observatory that a command works on, closed at the end."""
    service = current(ctx).accounts()
    try:
        yield service
    finally:
        service.close()


def _tell(issued: IssuedKey, *, as_json: bool = False) -> None:
    key = issued.key
    if as_json:
        print_json({"key_id": key.key_id, "key": issued.secret, "expires_at": key.expires_at})
        return
    end = f"until {key.expires_at:%Y-%m-%d}" if key.expires_at else "for ever"
    click.echo(f"key {key.key_id}, {key.label}, valid {end}; it is shown this once:", err=True)
    click.echo(issued.secret)


def _show(columns: tuple[str, ...], rows: Sequence[Sequence[object]], as_json: bool) -> None:
    if as_json:
        print_json([dict(zip(columns, row, strict=True)) for row in rows])
    else:
        print_table(columns, rows)
