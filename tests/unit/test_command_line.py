from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from observer.cli import content
from observer.cli.main import COMMANDS, cli
from observer.cli.reference import write_reference

HEAVY = ("duckdb", "pyarrow", "pydantic", "starlette", "dbt", "psycopg", "jinja2", "graphql", "rich")


def test_help_names_every_command_and_imports_nothing_heavy() -> None:
    code = (
        "import sys; from observer.cli.main import cli; cli(['--help'], standalone_mode=False); "
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert all(name in done.stdout for name in COMMANDS)
    assert done.stderr.strip() == "[]"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str) -> None:
    result = CliRunner().invoke(cli, [name, "--help"])

    assert result.exit_code == 0
    assert "Usage:" in result.output


def test_an_unknown_command_is_answered_with_the_nearest_one() -> None:
    result = CliRunner().invoke(cli, ["serv"])

    assert result.exit_code == 2
    assert "Did you mean 'serve'?" in result.output


def test_the_committed_reference_is_what_the_code_generates() -> None:
    assert write_reference(is_check=True) == []


def test_init_makes_an_observatory_that_passes_its_own_check(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    runner = CliRunner()

    made = runner.invoke(cli, ["init", str(folder)])
    again = runner.invoke(cli, ["init", str(folder)])
    checked = runner.invoke(cli, ["--config", str(folder / "observer.toml"), "check"])

    assert made.exit_code == 0, made.output
    assert again.exit_code != 0
    assert checked.exit_code == 0, checked.output


def test_check_tells_what_is_wrong_with_organizations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "_CHECKS", {"organizations": content._CHECKS["organizations"]})
    (tmp_path / "observer.toml").write_text("")
    (tmp_path / "organizations").mkdir()
    file = tmp_path / "organizations" / "acme.yaml"
    command = ["--config", str(tmp_path / "observer.toml"), "check"]

    file.write_text("version: 1\nname: acme\ndisplay_name: Acme\ndomains: [acme]\n")
    refused = CliRunner().invoke(cli, command)
    file.write_text("version: 1\nname: acme\ndisplay_name: Acme\ndomains: [acme.com]\n")
    accepted = CliRunner().invoke(cli, command)

    assert (refused.exit_code, accepted.exit_code) == (1, 0)
    assert "organizations/acme.yaml:4: 'acme' is no domain; write it like example.org" in refused.output
    assert "organizations: 0 problems" in accepted.output
