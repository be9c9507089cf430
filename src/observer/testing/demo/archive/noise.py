"""What the rest of the world does: announcements about repositories that no project of the demo world lists."""

from __future__ import annotations

from collections.abc import Iterator

from observer.testing.demo.archive.objects import Place
from observer.testing.demo.cast.people import Person
from observer.testing.demo.chance import Draws, cumulate
from observer.testing.demo.intents import WEEKDAY, moment, weekday
from observer.testing.demo.model import DAY, Happening, subject_id

FIRST_NOISE_ACCOUNT, FIRST_NOISE_REPOSITORY = 7_500_000_000, 9_100_000_000
ROWS_A_DAY = 150
_ACTORS, _REPOSITORIES = 40_000, 50_000
_OWN_REPOSITORY, _BOT_SHARE = 0.49, 0.0675
_SESSION = cumulate((0.70, 0.162, 0.062, 0.030, 0.0155, 0.0097, 0.006, 0.004, 0.003, 0.002))
_SAME_TYPE = 0.6
# Commits of a push from 1: half of the pushes have one, one in ten more than two.
_PUSH_SIZE = cumulate((0.78, 0.13, 0.04, 0.02, 0.01, 0.01, 0.005, 0.005))
# Shares of types measured in real hours of these years, in percent.
_MIXES: dict[int, dict[str, float]] = {
    2013: {"PushEvent": 46.9, "CreateEvent": 10.6, "IssueCommentEvent": 10.4, "WatchEvent": 8.7, "IssuesEvent": 7.4,
           "PullRequestEvent": 3.8, "ForkEvent": 3.6, "DeleteEvent": 1.6, "ReleaseEvent": 0.2, "PublicEvent": 0.1},
    2021: {"PushEvent": 53.1, "CreateEvent": 12.9, "PullRequestEvent": 8.0, "WatchEvent": 7.3, "IssueCommentEvent": 4.5,
           "PullRequestReviewEvent": 3.5, "DeleteEvent": 2.9, "IssuesEvent": 2.6, "ForkEvent": 2.4,
           "PullRequestReviewCommentEvent": 1.3, "MemberEvent": 0.5, "ReleaseEvent": 0.4, "PublicEvent": 0.3,
           "CommitCommentEvent": 0.3, "GollumEvent": 0.3},
    2022: {"PushEvent": 41.2, "CreateEvent": 15.8, "PullRequestEvent": 14.7, "IssueCommentEvent": 8.4,
           "DeleteEvent": 7.8, "WatchEvent": 2.9, "PullRequestReviewEvent": 2.7, "IssuesEvent": 1.9,
           "PullRequestReviewCommentEvent": 1.7, "ForkEvent": 1.3, "ReleaseEvent": 0.4, "CommitCommentEvent": 0.4,
           "MemberEvent": 0.3, "PublicEvent": 0.3, "GollumEvent": 0.2},
}  # fmt: skip
_BODY = {"IssuesEvent": 500, "IssueCommentEvent": 121, "PullRequestEvent": 300, "ReleaseEvent": 300,
         "PullRequestReviewCommentEvent": 121, "CommitCommentEvent": 121, "PullRequestReviewEvent": 40}  # fmt: skip


def noise(seed: int, day: int, *, year: int, rows: float) -> Iterator[tuple[Place, Happening]]:
    """The announcements of a UTC day, not sorted. `year` chooses the measured mix: 2013, 2021 or 2022."""
    draws = Draws(seed, "noise", day)
    names = tuple(_MIXES[year])
    mix = cumulate(tuple(_MIXES[year].values()))
    wanted, made = draws.count(rows * WEEKDAY[weekday(day)]), 0
    while made < wanted:
        actor, place = _actor(draws), _somewhere(draws)
        time, kind = moment(day, draws), names[draws.weighted(mix)]
        if draws.chance(_OWN_REPOSITORY):
            own = (actor.account_id - FIRST_NOISE_ACCOUNT) * 5 + min(4, draws.count(0.3))
            place = _place(own, actor.login, actor.account_id)
        for _ in range(1 + draws.weighted(_SESSION)):
            if time >= (day + 1) * DAY or made >= wanted:
                break
            yield place, _happening(draws, time, kind, actor)
            made += 1
            time += 1 + int(draws.log_normal(140, 1.6))
            kind = kind if draws.chance(_SAME_TYPE) else names[draws.weighted(mix)]


def squatter(seed: int, day: int) -> tuple[Place, Happening]:
    """A star for a stranger who took over a name that a listed repository had before it moved."""
    draws = Draws(seed, "squatter", day)
    place = Place(FIRST_NOISE_REPOSITORY - 1, "demo-cinder/forge", FIRST_NOISE_ACCOUNT - 1, True, "main")
    return place, Happening(moment(day, draws), "WatchEvent", _actor(draws), "started")


def _index(draws: Draws, size: int) -> int:
    """A rank with a heavy head: a power of a uniform number, close to the measured shares of the busiest."""
    return int(size * draws.unit() ** 2.2)


def _actor(draws: Draws) -> Person:
    is_bot = draws.chance(_BOT_SHARE)
    number = draws.below(12) if is_bot else 100 + _index(draws, _ACTORS)
    login = f"noise-robot-{number}-demo[bot]" if is_bot else f"noise-{number}-demo"
    return Person(login, FIRST_NOISE_ACCOUNT + number * 13, f"Noise {number}", "", "noreply", 0, is_bot=is_bot)


def _place(number: int, owner: str, owner_id: int, *, is_organization: bool = False) -> Place:
    owner = owner.removesuffix("[bot]")
    branch = "main" if number % 5 else "master"
    repository_id = FIRST_NOISE_REPOSITORY + number * 17
    return Place(repository_id, f"{owner}/thing-{number}", owner_id, is_organization, branch, number % 90, number % 7)


def _somewhere(draws: Draws) -> Place:
    number = 5_000_000 + _index(draws, _REPOSITORIES)
    owner = number % 7_919
    return _place(number, f"noise-owner-{owner}-demo", FIRST_NOISE_ACCOUNT + 10_000_000 + owner,
                  is_organization=owner % 100 < 55)  # fmt: skip


def _happening(draws: Draws, time: int, kind: str, actor: Person) -> Happening:
    serial = draws.below(900_000)
    subject = subject_id("other", FIRST_NOISE_REPOSITORY, serial)
    action = {
        "IssuesEvent": ("opened", "closed")[draws.below(100) < 35],
        "WatchEvent": "started",
        "PullRequestEvent": _pull_action(draws),
        "ReleaseEvent": "published",
    }.get(kind, "created")
    size = int(draws.log_normal(_BODY[kind], 1.1)) if kind in _BODY else 0
    if kind == "PushEvent":
        size = 1 + draws.weighted(_PUSH_SIZE)
    ref, ref_type = f"topic-{serial}", ("branch", "branch", "tag", "repository")[draws.below(4)]
    if kind == "PushEvent":
        ref = f"refs/heads/{'main' if draws.chance(0.6) else ref}"
    return Happening(
        time, kind, actor, action, 1 + serial % 400, subject, actor, time - 90_000, draws.chance(0.47), ref,
        "branch" if kind == "DeleteEvent" else ref_type, draws.hexadecimal(), draws.hexadecimal(), (),
        (subject + 7, f"{actor.login.removesuffix('[bot]')}/thing-{serial}"), min(size, 20_000),
    )  # fmt: skip


def _pull_action(draws: Draws) -> str:
    if draws.chance(0.56):
        return "opened"
    return "merged" if draws.chance(0.81) else "closed"
