"""The commands of `observer accounts`, from the first account to the audit, over a real database."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result
from tests.unit.accounts.conftest import Place

from observer.accounts.key import is_ours
from observer.cli.main import cli
from observer.cli.observatory import Observatory, open_observatory
from observer.errors import ObserverError

Run = Callable[..., Result]


@pytest.fixture
def observer(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command in an observatory without accounts; fails the test where it ends with another code."""
    with psycopg.connect(place.urls.owner) as connection:
        connection.execute("drop schema if exists accounts cascade")
    (tmp_path / "observer.toml").write_text("", encoding="utf-8")
    monkeypatch.setattr(Observatory, "postgres", lambda _: place.urls)
    runner = CliRunner()

    def run(*arguments: str, code: int = 0, **keywords: Any) -> Result:
        result = runner.invoke(cli, ["--config", str(tmp_path / "observer.toml"), "accounts", *arguments], **keywords)
        assert result.exit_code == code, result.output
        return result

    return run


def told(result: Result) -> Any:
    return json.loads(result.stdout)


def test_a_key_is_issued_rotated_and_revoked(observer: Run) -> None:
    made = told(observer("create", "Ada", "--admin", "--key", "laptop", "--json"))
    account = str(made["account_id"])
    plain = observer("issue-key", account, "server", "--days", "7")
    rotated = told(observer("rotate-key", account, "1", "--overlap-hours", "0", "--json"))
    observer("revoke-key", account, "2")

    keys = {key["key"]: key for key in told(observer("keys", account, "--json"))}
    secrets = [made["key"], plain.stdout.strip(), rotated["key"]]
    assert all(map(is_ours, secrets))
    assert len(set(secrets)) == 3
    assert [key["label"] for key in keys.values()] == ["laptop", "server", "laptop"]
    assert keys[2]["revoked"] and not keys[rotated["key_id"]]["revoked"]
    assert keys[1]["expires"] < keys[rotated["key_id"]]["expires"]
    everything = observer("keys", account).output + observer("audit").output + observer("list").output
    assert not any(secret in everything for secret in secrets), "a key is shown once"


def test_a_leaked_key_is_revoked_by_its_secret(observer: Run) -> None:
    made = told(observer("create", "Ada", "--key", "laptop", "--json"))

    first = observer("revoke-leaked", input=made["key"] + "\n")
    again = observer("revoke-leaked", input=made["key"] + "\n")

    assert "the key is revoked" in first.output
    assert "no valid key" in again.output
    assert made["key"] not in first.output + again.output


def test_an_application_is_accepted_and_another_declined(observer: Run, tmp_path: Path) -> None:
    for name in ("Ada", "Bo"):
        observer("create", name)
    service = open_observatory(tmp_path / "observer.toml").accounts()
    for account in (1, 2):
        service.applications.apply(account, purpose="Measure what my funder's grants did, for everybody to check.")
    service.close()

    waiting = told(observer("applications", "--json"))
    observer("accept", str(waiting[0]["application"]), "--note", "Welcome.")
    observer("decline", str(waiting[1]["application"]))

    assert [each["name"] for each in waiting] == ["Ada", "Bo"]
    assert told(observer("applications", "--json")) == []
    decided = {each["name"]: each["state"] for each in told(observer("applications", "--all", "--json"))}
    assert decided == {"Ada": "accepted", "Bo": "declined"}
    assert {each["name"]: each["role"] for each in told(observer("list", "--json"))} == {
        "Ada": "developer",
        "Bo": "user",
    }


def test_an_account_gets_a_role_a_link_and_an_end(observer: Run) -> None:
    made = told(observer("create", "Ada", "--key", "laptop", "--json"))
    account = str(made["account_id"])
    observer("role", account, "developer", "--admin")
    link = observer("link", account).stdout.strip()
    (listed,) = told(observer("list", "--json"))
    observer("close", account, "--yes")
    (closed,) = told(observer("list", "--json"))

    assert link.startswith("http://127.0.0.1:8080/sign-in/link?token=")
    assert (listed["role"], listed["rights"], listed["closed"]) == ("developer", "admin", None)
    assert closed["closed"] and closed["name"] != "Ada"
    assert all(key["revoked"] for key in told(observer("keys", account, "--json")))
    actions = [line["what"] for line in told(observer("audit", "--account", account, "--json"))]
    assert len(actions) >= 5
    assert {line["who"] for line in told(observer("audit", "--json"))} == {"command line"}
    assert told(observer("usage", account, "--json")) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("issue-key", "99", "laptop"),
        ("role", "99", "user"),
        ("link", "99"),
        ("accept", "99"),
        ("revoke-key", "99", "1"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_who_and_what_does_not_exist_is_said_so(observer: Run, arguments: tuple[str, ...]) -> None:
    result = observer(*arguments, code=1)

    assert isinstance(result.exception, ObserverError), result.output
    assert "99" in str(result.exception) or "1" in str(result.exception)
