from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from observer.errors import ConfigError
from observer.settings import Settings, read_secret, read_settings

ROOT = Path(__file__).resolve().parents[2]


def flat(values: dict[str, object], prefix: str = "") -> dict[str, object]:
    result: dict[str, object] = {}
    for key, value in values.items():
        if isinstance(value, dict):
            result |= flat(value, f"{prefix}{key}.")
        else:
            result[prefix + key] = value
    return result


def test_the_shipped_file_lists_every_setting_with_its_default() -> None:
    written = flat(tomllib.loads((ROOT / "observer.toml").read_text()))
    defaults = flat(Settings().model_dump(mode="json"))

    known = {key: None if value == "" and defaults.get(key) is None else value for key, value in written.items()}

    for key in [k for k in defaults if k.rsplit(".", 1)[-1] in ("command", "use", "schedule", "freshness")]:
        del defaults[key]
    assert known == defaults


def test_the_environment_overrides_the_file(tmp_path: Path) -> None:
    file = tmp_path / "observer.toml"
    file.write_text("[server]\nport = 1\n[connectors.git]\nline_counts = false\n")

    settings = read_settings(file, {"OBSERVER_SERVER_PORT": "9000", "OBSERVER_BUILD_AS_OF": "2026-01-31"})

    assert settings.server.port == 9000
    assert str(settings.build.as_of) == "2026-01-31"
    assert settings.connectors["git"].config == {"line_counts": False}
    assert settings.data_folder == tmp_path / ".observer"


@pytest.mark.parametrize(
    ("text", "words"),
    [("[server]\nprot = 1\n", "server.prot"), ("[server]\nport = 'x'\n", "server.port"), ("[", "not TOML")],
    ids=["unknown key", "wrong type", "syntax"],
)
def test_a_wrong_setting_is_refused_by_name(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "observer.toml"
    file.write_text(text)

    with pytest.raises(ConfigError, match=words):
        read_settings(file, {})


def test_the_pinned_clock_is_told_in_utc(tmp_path: Path) -> None:
    settings = read_settings(None, {"OBSERVER_CLOCK_NOW": "2026-01-31T12:00:00+02:00"})

    assert settings.now().isoformat() == "2026-01-31T10:00:00+00:00"


def test_a_connector_may_have_a_name_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "observer.toml"
    file.write_text('[connectors.sales]\nuse = "postgres"\nschedule = "0 4 * * *"\ntables = []\n')

    settings = read_settings(file, {})

    assert settings.instances == {"sales": "postgres"}
    assert settings.connectors["sales"].config == {"tables": []}


def test_secrets_are_read_from_where_a_reference_leads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SALES_URL", "postgresql://sales")
    (tmp_path / "token").write_text("s3cret\n")
    (tmp_path / "token").chmod(0o600)

    assert read_secret({"env": "SALES_URL"}, tmp_path) == "postgresql://sales"
    assert read_secret({"file": "token"}, tmp_path) == "s3cret"


def test_a_secret_that_is_not_there_or_open_to_all_is_refused_without_its_value(tmp_path: Path) -> None:
    (tmp_path / "open").write_text("s3cret")
    (tmp_path / "open").chmod(0o644)

    for reference in ({"env": "NO_SUCH_VARIABLE"}, {"file": "nothing"}, {"file": "open"}):
        with pytest.raises(ConfigError) as refused:
            read_secret(reference, tmp_path)

        assert "s3cret" not in str(refused.value)
