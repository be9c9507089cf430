"""The deciding parts: merges, people, agents, dates, addresses."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from observer.connectors.sources.git.config import parse_config
from observer.connectors.sources.git.dates import offset_minutes, parse_dates
from observer.connectors.sources.git.merges import FORGE_COMMITTERS, Signs, merge_of
from observer.connectors.sources.git.people import agents, co_authors, person
from observer.errors import ConfigError, SourceError

WEB = "noreply@github.com"


@pytest.mark.parametrize(
    ("message", "parents", "committer", "lag", "expected"),
    [
        ("Merge pull request #12 from o/b\n\nTitle", 2, WEB, 0, ("merge", 12)),
        ("Merge pull request 'Fix it' (#34) from b into main", 2, "a@x", 0, ("merge", 34)),
        ("Merged in feature (pull request #5)", 2, "a@x", 0, ("merge", 5)),
        ("Merged PR 77: Title", 2, "a@x", 0, ("merge", 77)),
        ("Auto merge of #8 - o:b, r=me", 2, "a@x", 0, ("merge", 8)),
        ("Merge branch 'b' into 'main'\n\nTitle\n\nSee merge request g/p!9", 2, "a@x", 0, ("merge", 9)),
        ("Merge branch 'b'", 2, "a@x", 0, (None, None)),
        ("Title (#3)", 1, WEB, 0, ("squash", 3)),
        ('Revert "Title (#3)" (#4)', 1, WEB, 0, ("squash", 4)),
        ("Title (#3)", 1, "a@x", 0, (None, 3)),
        ("Title\n\nReviewed-on: https://codeberg.org/o/r/pulls/6", 1, "a@x", 0, ("squash", 6)),
        ("Title, see #3", 1, WEB, 0, (None, None)),
        ("Title, see #3", 1, WEB, 60, ("rebase", None)),
        ("Title", 1, "somebody@x", 60, ("rebase", None)),
        ("Title", 1, "somebody@x", 0, (None, None)),
        ("Title", 1, "a@x", 60, (None, None)),
        ("Merge pull request #1647 from o/b", 1, "a@x", 0, (None, 1647)),
        ("Root (#1)", 0, WEB, 0, (None, 1)),
        ("Title (#99999999999)", 1, WEB, 0, (None, None)),
    ],
)
def test_a_merge_is_decided_by_the_commit_alone(
    message: str, parents: int, committer: str, lag: int, expected: tuple[str | None, int | None]
) -> None:
    subject = message.partition("\n")[0]
    signs = Signs(subject, message, parents, committer in FORGE_COMMITTERS, committer != "a@x", lag > 0)

    merge = merge_of(signs)

    assert (merge.kind, merge.number) == expected


@pytest.mark.parametrize(
    ("email", "domain", "account_id", "login"),
    [
        ("12+a-b@users.noreply.github.com", "users.noreply.github.com", 12, "a-b"),
        ("49699333+dependabot[bot]@users.noreply.github.com", "users.noreply.github.com", 49699333, "dependabot[bot]"),
        ("a-b@users.noreply.github.com", "users.noreply.github.com", None, "a-b"),
        ("<a@example.org> ", "example.org", None, None),
        ("12+a@users.noreply.github.com.example.org", "users.noreply.github.com.example.org", None, None),
        ("12+a@users.noreply.gitlab.com", "users.noreply.gitlab.com", None, None),
        ("nobody", "", None, None),
        ("", "", None, None),
    ],
)
def test_addresses_become_people(email: str, domain: str, account_id: int | None, login: str | None) -> None:
    who = person(email)

    assert (who.email_domain, who.account_id, who.login) == (domain, account_id, login)


def test_only_the_local_part_is_hashed_as_written() -> None:
    assert person("abc@Example.org").email_hash == "a9993e364706816aba3e25717850c26c9cd0d89d"
    assert person("abc@Example.org").email_domain == "Example.org"
    assert person("ABC@x").email_hash != person("abc@x").email_hash


def test_co_authors_come_once_and_in_order() -> None:
    message = (
        "T\n\nCo-authored-by: B <b@x>\nCO-AUTHORED-BY:  A <a@x>\n* Co-authored-by: C <c@x>\nCo-authored-by: B <B@x>"
    )

    assert co_authors(message) == [("B", "b@x"), ("A", "a@x")]


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("T\n\nCo-Authored-By: Claude Opus 4.6 (1M context) <noreply@anthropic.com>", True),
        ("T\n\n🤖 Generated with [Claude Code](https://claude.com/claude-code)", True),
        ("T\n\nCo-authored-by: copilot-swe-agent[bot] <198982749+Copilot@users.noreply.github.com>", True),
        ("T\n\nMade-with: Cursor", True),
        ("T\n\nAssisted-by: Claude:claude-opus-4", True),
        ("T\n\nCo-authored-by: aider (gpt-5) <aider@aider.chat>", True),
        ("T\n\nAssisted-by: Claude Monet <claude@example.org>", False),
        ("T\n\nCo-authored-by: Claude Monet <claude@example.org>", False),
        ("Fix the Cursor made-with: Cursor in a sentence", False),
        ("Mention noreply@anthropic.com in the documentation", False),
        ("T\n\nCo-authored-by: dependabot[bot] <49699333+dependabot[bot]@users.noreply.github.com>", False),
    ],
)
def test_agents_are_known_by_what_they_leave(message: str, expected: bool) -> None:
    assert agents().is_named_in(message) is expected


@pytest.mark.parametrize(
    ("zone", "minutes"),
    [(" +0000", 0), (" -0330", -210), (" +1400", 840), (" +1401", None), (" +0075", None), ("", None), (None, None)],
)
def test_offsets_lie_on_earth(zone: str | None, minutes: int | None) -> None:
    assert offset_minutes(zone) == minutes


def test_the_last_possible_second_is_that_of_2099() -> None:
    dates = parse_dates(pa.array(["4102444799 +0000", "4102444800 +0000", "1 -0000"]))

    assert dates.is_valid.to_pylist() == [True, False, True]


def _config(tmp_path: Path, **more: object) -> dict[str, object]:
    return {"repositories": [], "mirrors_dir": str(tmp_path / "m"), "staging_dir": str(tmp_path / "s"), **more}


@pytest.mark.parametrize(
    "url",
    [
        "",
        "-u",
        "--upload-pack=touch x",
        "ext::sh -c touch% x",
        "fd::17",
        "https://user:secret@github.com/o/r",
        "https://token@github.com/o/r",
        "https://127.0.0.1/o/r",
        "https://127.1/o/r",
        "https://0x7f000001/o/r",
        "https://2130706433/o/r",
        "https://[::1]/o/r",
        "https://[::ffff:127.0.0.1]/o/r",
        "https://169.254.169.254/latest",
        "https://10.0.0.8/o/r",
        "https://localhost/o/r",
        "https://git.internal/o/r",
        "https://intranet/o/r",
        "http://github.com/o/r",
        "git://github.com/o/r",
        "ssh://git@github.com/o/r",
        "git@github.com:o/r",
        "gopher://github.com/o/r",
        "https://github.com/o/r\nx",
        "https://github.com/o r",
        "https://-oProxyCommand=x/o/r",
        "file://host/o/r",
        "https://",
        "https://[",
    ],
)
def test_addresses_that_git_must_not_be_given(url: str, tmp_path: Path) -> None:
    config = parse_config(_config(tmp_path))

    with pytest.raises(SourceError) as error:
        config.locate(url)

    assert "secret" not in str(error.value)


def test_plain_addresses_are_taken_as_they_are(tmp_path: Path) -> None:
    config = parse_config(_config(tmp_path))

    assert config.locate("https://github.com/o/r").url == "https://github.com/o/r"
    assert config.locate("https://github.com/o/r").path is None


def test_hosts_can_be_named(tmp_path: Path) -> None:
    config = parse_config(_config(tmp_path, allowed_hosts=["git.internal"], allowed_protocols=["ssh", "https"]))

    assert config.locate("https://git.internal/o/r").url == "https://git.internal/o/r"
    with pytest.raises(SourceError, match="allowed_hosts"):
        config.locate("https://github.com/o/r")


def test_addresses_can_be_served_from_a_folder(tmp_path: Path) -> None:
    world = tmp_path / "world"
    (world / "o" / "r.git").mkdir(parents=True)
    (tmp_path / "outside").mkdir()
    config = parse_config(_config(tmp_path, url_rewrites={"https://github.com/": f"file://{world}/"}))

    assert config.locate("https://github.com/o/r").path == world / "o" / "r.git"
    assert config.locate("https://github.com/o/r.git").path == world / "o" / "r.git"
    for url in ("https://github.com/../outside", "https://github.com/%2e%2e/outside", "https://github.com/o/none"):
        with pytest.raises(SourceError, match="no such repository"):
            config.locate(url)


def test_the_longest_prefix_wins(tmp_path: Path) -> None:
    rewrites = {"https://a.org/": "https://b.org/", "https://a.org/x/": "https://c.org/"}
    config = parse_config(_config(tmp_path, url_rewrites=rewrites))

    assert config.locate("https://a.org/x/r").url == "https://c.org/r"
    assert config.locate("https://a.org/y/r").url == "https://b.org/y/r"


@pytest.mark.parametrize(
    "wrong",
    [
        {"repositories": "x"},
        {"repositories": [{}]},
        {"mirrors_dir": ""},
        {"staging_dir": 3},
        {"url_rewrites": ["x"]},
        {"observed_at": "yesterday"},
        {"time_limit_seconds": 0},
        {"memory_limit_bytes": "much"},
        {"size_limit_bytes": True},
        {"allowed_protocols": "https"},
    ],
    ids=str,
)
def test_wrong_settings_are_named(wrong: dict[str, object], tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as error:
        parse_config({**_config(tmp_path), **wrong})

    assert next(iter(wrong)) in str(error.value)
