"""Keys as text and as digests: shape, checksum, pepper."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observer.accounts.key import KEY_PATTERN, Pepper, is_ours, is_well_formed, masked, new_key, read_pepper
from observer.errors import ConfigError


def test_a_new_key_has_the_published_shape_and_a_right_checksum() -> None:
    keys = {new_key() for _ in range(200)}

    assert len(keys) == 200
    assert all(re.fullmatch(KEY_PATTERN, key) and is_well_formed(key) for key in keys)


@given(st.integers(9, 44), st.sampled_from("0aZ_-é"))
def test_one_wrong_character_makes_a_key_none(position: int, character: str) -> None:
    key = new_key()
    wrong = key[:position] + character + key[position + 1 :]

    assert is_well_formed(wrong) == (wrong == key)
    assert is_ours(wrong)


def test_what_is_shown_of_a_key_gives_away_eight_characters() -> None:
    key = new_key()

    assert masked(key) == f"oso_live_{key[9:13]}…{key[-4:]}"


def test_a_pepper_is_made_once_for_its_owner_alone_and_never_printed(tmp_path: Path) -> None:
    file = tmp_path / "data" / "pepper"

    first, second = read_pepper(file), read_pepper(file)

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert first.digest("key", "x") == second.digest("key", "x") != first.digest("session", "x")
    assert file.read_text().strip() not in repr(first)


def test_a_pepper_that_others_may_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "pepper"
    read_pepper(file)
    file.chmod(0o640)

    with pytest.raises(ConfigError, match="chmod 600"):
        read_pepper(file)


def test_an_old_pepper_still_finds_what_it_digested() -> None:
    old, new = b"o" * 32, b"n" * 32

    kept = Pepper([old]).digest("key", "secret")

    assert Pepper([new, old]).digests("key", "secret")[1] == kept
    assert Pepper([new, old]).digest("key", "secret") != kept
