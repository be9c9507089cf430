"""What is read of a release once stays known for that release alone."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from observer.query.once import OncePerRelease


def session(number: int, minute: int = 0) -> Any:
    made = datetime(2026, 1, 1, 0, minute, tzinfo=UTC)
    return SimpleNamespace(release=SimpleNamespace(number=number, created_at=made, fingerprint="f"))


def test_a_release_is_read_once_and_the_same_number_made_again_is_another() -> None:
    asked: list[tuple[int, int]] = []

    def read(of: Any) -> int:
        asked.append((of.release.number, of.release.created_at.minute))
        return len(asked)

    once = OncePerRelease(read)

    assert [once(session(1)), once(session(1)), once(session(2)), once(session(1, 5)), once(session(1))] == [
        1,
        1,
        2,
        3,
        1,
    ]
    assert asked == [(1, 0), (2, 0), (1, 5)]


def test_old_releases_are_forgotten() -> None:
    asked: list[int] = []
    once = OncePerRelease(lambda of: asked.append(of.release.number))

    for number in (*range(20), 19, 0):
        once(session(number))

    assert asked == [*range(20), 0]
