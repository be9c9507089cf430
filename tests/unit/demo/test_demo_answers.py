"""The answer key: consistent in itself, and equal to a second count that reads nothing but the raw files."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date, timedelta

import pytest

from observer.testing.demo import DemoWorld
from observer.testing.demo.answers import CONTRIBUTIONS, SUMS
from observer.testing.demo.cast.plan import REPOSITORIES

Record = dict[str, object]
Answer = Callable[[str, str, str], Record]
Everything = list[tuple[str, str, str, Record]]
Git = Callable[..., str]
Commit = tuple[date, str]
CUT = "2025-10-07T00:00:00Z"
END = date(2025, 11, 15)


def test_the_months_of_a_sum_add_up_to_all(every_answer: Everything) -> None:
    for entity_type, entity, metric, found in every_answer:
        if metric in SUMS:
            assert sum(found["month"].values()) == found["all"], (entity_type, entity, metric)  # type: ignore[attr-defined]


def test_the_new_of_all_months_are_the_contributors(every_answer: Everything, answer: Answer) -> None:
    for entity_type, entity, metric, found in every_answer:
        if metric == "new_contributors":
            assert sum(found["month"].values()) == answer(entity_type, entity, "contributors")["all"]  # type: ignore[attr-defined]


def test_full_time_and_part_time_developers_are_the_active_ones(every_answer: Everything, answer: Answer) -> None:
    for entity_type, entity, metric, found in every_answer:
        if metric == "active_developers":
            for grain in ("rolling_30_days", "rolling_90_days", "rolling_180_days"):
                halves = [answer(entity_type, entity, f"{half}_time_developers")[grain] for half in ("full", "part")]
                assert sum(halves) == found[grain]  # type: ignore[arg-type]


def test_longer_windows_hold_no_less(every_answer: Everything) -> None:
    for entity_type, entity, metric, found in every_answer:
        if metric in SUMS or metric in ("contributors", "active_developers"):
            grains = [found[grain] for grain in ("rolling_30_days", "rolling_90_days", "rolling_180_days", "all")]
            assert grains == sorted(grains), (entity_type, entity, metric)  # type: ignore[type-var]


def test_a_project_sums_its_repositories_and_counts_people_once(world: DemoWorld, answer: Answer) -> None:
    projects = world.answers["projects"]
    assert isinstance(projects, dict)
    for project, members in projects.items():
        for metric in SUMS:
            assert answer("project", project, metric)["all"] == sum(
                answer("repository", member, metric)["all"]
                for member in members  # type: ignore[misc]
            )
        parts = [answer("repository", member, "contributors")["all"] for member in members]
        assert max(parts, default=0) <= answer("project", project, "contributors")["all"] <= sum(parts)  # type: ignore[type-var, operator, arg-type]


def test_a_project_without_artifacts_has_nothing(answer: Answer) -> None:
    assert all(answer("project", "paper-lantern", metric)["all"] == 0 for metric in SUMS)


# The second count


@pytest.fixture(scope="module")
def commits(git: Git, repositories: dict[str, Record]) -> dict[str, list[Commit]]:
    """Day and author's user of every commit on a default branch, each in the repository where it counts."""
    found: dict[str, list[Commit]] = defaultdict(list)
    seen: set[str] = set()
    numbers = {name: facts["repository_id"] for name, facts in repositories.items()}
    for name in sorted(numbers, key=lambda name: (name == "demo-emberfork/engine", numbers[name])):
        if repositories[name]["is_empty"]:
            continue
        for line in git(name, "log", "--date=raw", "--format=%H %ct %ae", "HEAD").splitlines():
            commit_id, seconds, email = line.split(" ")
            if commit_id not in seen and int(seconds) < 4_000_000_000:
                found[name].append((date(1970, 1, 1) + timedelta(int(seconds) // 86_400), user_of(email)))
            seen.add(commit_id)
    return found


def user_of(email: str) -> str:
    local, domain = email.split("@")
    if domain == "users.noreply.github.com":
        return local.split("+")[-1].lower()
    return hashlib.sha1(local.encode()).hexdigest() + "@" + domain


def is_person(user: str | None) -> bool:
    return user is not None and not user.endswith("[bot]")


@pytest.fixture(scope="module")
def activity(events: list[Record], repositories: dict[str, Record]) -> dict[str, list[tuple[date, str, str | None]]]:
    """Day, event type and user of the archive's events since 2015, by repository."""
    names = {facts["repository_id"]: name for name, facts in repositories.items()}
    found: dict[str, list[tuple[date, str, str | None]]] = defaultdict(list)
    for event in events:
        if "repo" not in event or event["repo"]["id"] not in names:  # type: ignore[index]
            continue
        day = date.fromisoformat(str(event["created_at"])[:10])
        for event_type, user in meanings(event):
            found[names[event["repo"]["id"]]].append((day, event_type, user))  # type: ignore[index]
    return found


def meanings(event: dict[str, dict[str, dict[str, dict[str, str]]]]) -> list[tuple[str, str | None]]:  # type: ignore[type-arg]
    kind, payload, login = event["type"], event["payload"], str(event["actor"]["login"]).lower()
    action = payload.get("action")
    if kind == "PullRequestEvent":
        is_slim = str(event["created_at"]) >= CUT
        merged = action == "merged" if is_slim else action == "closed" and payload["pull_request"]["merged"]
        author = None if is_slim else payload["pull_request"]["user"]["login"].lower()
        return [("PULL_REQUEST_MERGED", author)] if merged else [(f"PULL_REQUEST_{str(action).upper()}", login)]
    plain = {
        "IssuesEvent": f"ISSUE_{str(action).upper()}", "WatchEvent": "STARRED", "ForkEvent": "FORKED",
        "IssueCommentEvent": "ISSUE_COMMENT", "PullRequestReviewCommentEvent": "PULL_REQUEST_REVIEW_COMMENT",
        "ReleaseEvent": "RELEASE_PUBLISHED",
    }  # fmt: skip
    return [(plain[kind], login)] if kind in plain else []  # type: ignore[index]


RECENT = [plan.name for plan in REPOSITORIES if "sampled" not in plan.traits]


@pytest.mark.parametrize("metric", sorted(set(SUMS) - {"commits", "releases"}))
def test_sums_equal_a_count_of_raw_lines(
    metric: str, activity: dict[str, list[tuple[date, str, str | None]]], answer: Answer
) -> None:
    for name in RECENT:
        days = [day for day, event_type, _ in activity[name] if event_type in SUMS[metric]]

        found = answer("repository", name, metric)

        assert found["all"] == len(days), name
        assert found["rolling_30_days"] == sum(day > END - timedelta(30) for day in days), name
        assert found["month"] == Counter(f"{day:%Y-%m}" for day in days), name


def test_commits_equal_what_git_log_gives(commits: dict[str, list[Commit]], answer: Answer) -> None:
    for name in RECENT:
        found = answer("repository", name, "commits")

        assert found["all"] == len(commits[name]), name
        assert found["month"] == Counter(f"{day:%Y-%m}" for day, _ in commits[name]), name


def test_releases_equal_the_tags_and_releases_of_a_repository(git: Git, answer: Answer) -> None:
    for name in ("demo-lanternfish/engine", "demo-tidewater/tidewater", "sundial-keeper-demo/sundial"):
        assert answer("repository", name, "releases")["all"] == len(git(name, "tag").split())


@pytest.mark.parametrize("project", ["lanternfish", "orchard", "emberfork", "hedgerow"])
def test_people_equal_a_count_over_the_union_of_a_project(
    project: str,
    world: DemoWorld,
    commits: dict[str, list[Commit]],
    activity: dict[str, list[tuple[date, str, str | None]]],
    answer: Answer,
) -> None:
    members = world.answers["projects"][project]  # type: ignore[index]
    first = END - timedelta(89)
    coded = [(day, user) for member in members for day, user in commits[member] if is_person(user)]
    did = coded + [
        (day, user)
        for member in members
        for day, event_type, user in activity[member]
        if event_type in CONTRIBUTIONS and user is not None and is_person(user)
    ]
    active_days: dict[str, set[date]] = defaultdict(set)
    for day, user in coded:
        if day >= first:
            active_days[user].add(day)

    assert answer("project", project, "contributors")["all"] == len({user for _, user in did})
    assert answer("project", project, "contributors")["rolling_90_days"] == len({u for d, u in did if d >= first})
    assert answer("project", project, "active_developers")["rolling_90_days"] == len(active_days)
    full_time = sum(len(days) >= 30 for days in active_days.values())
    assert answer("project", project, "full_time_developers")["rolling_90_days"] == full_time
    assert answer("project", project, "bus_factor")["all"] == bus_factor(Counter(user for _, user in coded))


def bus_factor(commits: Counter[str]) -> int:
    ordered = sorted(commits.values(), reverse=True)
    return next((n for n in range(1, len(ordered) + 1) if 2 * sum(ordered[:n]) >= commits.total()), 0)
