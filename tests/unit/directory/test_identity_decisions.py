"""Decisions about identities are read with their line, and what is wrong with them is said."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from observer.directory.identities import DECISIONS_SCHEMA, decision_rows, load_decisions
from observer.directory.people_files import Identity
from observer.errors import ContentError

HASH = "0a4d55a8d778e5022fab701977c5d840bbc486d0"
GOOD = f"""version: 1
decisions:
  - merge:
      - github:Ada
      - github-id:42
      - email:{HASH}@Example.org
    reason: One person, by her own account.
    author: github:ada
    claim: self
    date: "2026-05-01"
  - split: github:grace
    reason: The address belongs to the office.
    author: A curator
    date: "2026-05-02"
"""


def write(folder: Path, text: str) -> Path:
    content = folder / "identities"
    content.mkdir()
    (content / "people.yaml").write_text(text)
    return content


def test_a_folder_that_does_not_exist_has_no_decisions(tmp_path: Path) -> None:
    assert load_decisions(tmp_path / "identities") == ()


def test_a_merge_links_its_first_identity_to_each_other_one(tmp_path: Path) -> None:
    merge, split = load_decisions(write(tmp_path, GOOD))

    assert merge.identity == Identity("GITHUB", login="Ada")
    assert merge.others == (
        Identity("GITHUB", account_id=42),
        Identity("GIT_EMAIL", email_hash=HASH, email_domain="example.org"),
    )
    assert (merge.is_self_claim, merge.decided_on) == (True, date(2026, 5, 1))
    assert (split.action, split.others, split.is_self_claim) == ("split", (), False)


def test_a_decision_has_one_row_for_each_pair(tmp_path: Path) -> None:
    rows = decision_rows(load_decisions(write(tmp_path, GOOD)))

    assert rows.schema.equals(DECISIONS_SCHEMA)
    assert [(r["action"], r["from_login"], r["to_account_id"], r["to_email_hash"]) for r in rows.to_pylist()] == [
        ("merge", "Ada", 42, None),
        ("merge", "Ada", None, HASH),
        ("split", "grace", None, None),
    ]
    assert len(set(rows["decision_key"].to_pylist())) == 3
    assert rows["_record_ref"].to_pylist()[0] == "identities/people.yaml#L3"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("version: 1", "version: 2", ":1: 'version' is not 1"),
        (f"email:{HASH}@Example.org", "ada@example.org", f":6: a plain e-mail address; write email:{HASH[:0]}"),
        ("github:Ada", "gitlab:ada", ":4: 'gitlab:ada' is no identity"),
        ("    reason: One person, by her own account.\n", "", ":3: 'reason' is missing"),
        ("claim: self", "claim: mine", ":9: 'claim' is self or curator"),
        ('"2026-05-01"', "yesterday", ":3: 'date' is no date"),
        (
            "split: github:grace",
            "split: github:grace\n    merge: [github:a, github:b]",
            "either a 'merge' or a 'split'",
        ),
        ("author: A curator", "author: A curator\n    because: x", "unknown key 'because'"),
        ("version: 1", "version: 1\nextra: 1", ":2: unknown key 'extra'"),
        ("  - split: github:grace\n", "  - merge: [github:grace]\n", "a merge names at least two identities"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, old: str, new: str, problem: str) -> None:
    with pytest.raises(ContentError) as error:
        load_decisions(write(tmp_path, GOOD.replace(old, new)))

    assert problem in str(error.value)


def test_a_plain_address_is_not_repeated_in_the_message(tmp_path: Path) -> None:
    with pytest.raises(ContentError) as error:
        load_decisions(write(tmp_path, GOOD.replace(f"email:{HASH}@Example.org", "secret.name@example.org")))

    assert "secret.name" not in str(error.value)
