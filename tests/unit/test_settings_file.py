from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from observer.cli.settings_file import change_file, changed
from observer.errors import ConfigError

TEXT = """# mine
[directory]
location = "directory"    # a folder

[connectors.git]
enabled = true
url_rewrites = {"https://a.org/" = "file:///a/"}

[connectors.npm]  # later
enabled = false   # not yet
"""


def test_a_value_is_set_and_everything_else_stays() -> None:
    assert changed(TEXT, {"connectors.npm": {"enabled": True}}) == TEXT.replace("enabled = false ", "enabled = true ")


def test_new_keys_and_sections_come_at_their_ends() -> None:
    result = changed(TEXT, {"connectors.git": {"private_hosts": ["10.0.0.1"]}, "connectors.go": {"enabled": True}})

    rewrites = 'url_rewrites = {"https://a.org/" = "file:///a/"}\n'
    expected = TEXT.replace(rewrites, rewrites + 'private_hosts = ["10.0.0.1"]\n')
    assert result == expected + "\n[connectors.go]\nenabled = true\n"


def test_what_is_set_already_changes_nothing() -> None:
    assert changed(TEXT, {"connectors.git": {"enabled": True}}) == TEXT


@pytest.mark.parametrize(
    "text",
    ["connectors = {git = {enabled = false}}\n", '[connectors.git]\nenabled = """x\ny"""\n', "connectors.git.a = 1\n"],
)
def test_a_file_that_cannot_be_changed_safely_is_left_alone(text: str, tmp_path: Path) -> None:
    file = tmp_path / "observer.toml"
    file.write_text(text)

    with pytest.raises(ConfigError, match=r"set by hand:\n\[connectors.git\]\nenabled = true"):
        change_file(file, {"connectors.git": {"enabled": True}})

    assert file.read_text() == text


def test_the_settings_that_come_with_the_package_can_be_changed(tmp_path: Path) -> None:
    file = tmp_path / "observer.toml"
    file.write_text((Path(__file__).resolve().parents[2] / "observer.toml").read_text())

    assert change_file(file, {"demo": {"enabled": False}, "connectors.pypi": {"enabled": True}})

    values = tomllib.loads(file.read_text())
    assert (values["demo"]["enabled"], values["connectors"]["pypi"]["enabled"]) == (False, True)
    assert not change_file(file, {"demo": {"enabled": False}})
