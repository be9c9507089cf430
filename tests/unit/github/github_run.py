"""A github source on a made-up GitHub, synced into a warehouse of its own."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from observer.connectors import host
from observer.connectors.sources.github.source import GithubSource
from observer.testing.source import QuietProgress
from observer.testing.upstream import Asked, Reply, Upstream
from observer.testing.upstream.github import LocalGithub, Node
from observer.testing.upstream.github_world import GithubWorld
from observer.testing.warehouse import FakeWarehouse


@dataclass
class Run:
    """Syncs and what they cost. `answer` stands between the upstream and the GitHub where it is given."""

    upstream: Upstream
    world: GithubWorld = field(default_factory=GithubWorld)
    warehouse: FakeWarehouse = field(default_factory=FakeWarehouse)
    waits: list[float] = field(default_factory=list)
    now: datetime = datetime(2024, 4, 1, tzinfo=UTC)
    config: dict[str, Any] = field(default_factory=dict)
    answer: Callable[[Asked], Reply] | None = None

    @property
    def github(self) -> LocalGithub:
        return self.world.github

    @property
    def source(self) -> GithubSource:
        return GithubSource(lambda: self.now, sleep=self.waits.append, jitter=lambda: 0.0)

    def config_with(self, **more: object) -> dict[str, Any]:
        base = {"tokens": list(self.github.tokens), "api_url": self.upstream.url, "sbom_days": 0}
        return {**base, "transport": {"private_hosts": ["127.0.0.1"]}, **self.config, **more}

    def sync(self, **more: object) -> host.SyncReport:
        """One sync; `asked` of GitHub and of the upstream are those of this sync afterwards."""
        self.github.install(self.upstream)
        if self.answer is not None:
            self.upstream.answers["/graphql"] = self.answer
        self.github.asked.clear()
        self.upstream.asked.clear()
        return host.sync(
            self.source,
            config=self.config_with(**more),
            warehouse=self.warehouse,
            clock=lambda: self.now,
            progress=QuietProgress(),
            limits=host.Limits(rows=10_000, seconds=3600.0, attempts=1),
            sleep=self.waits.append,
        )

    def rows(self, sql: str) -> list[dict[str, Any]]:
        return self.warehouse.query(sql).to_pylist()

    def usage(self) -> dict[str, Any]:
        """What the last run spent, over its tokens."""
        (row,) = self.rows("""
            select sum(points) as points, max(forecast_points) as forecast, sum(requests) as requests,
                max(forecast_requests) as forecast_requests
            from raw.github__usage where run_id = (select max(run_id) from raw.github__usage)
        """)
        return {name: int(value) for name, value in row.items()}


@contextmanager
def opened() -> Iterator[Run]:
    with Upstream() as upstream:
        yield Run(upstream)


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def live(world: GithubWorld, repository: Node, start: datetime, count: int, chance: random.Random) -> None:
    """A day in a repository: `count` issues and pull requests are opened, or older ones discussed and closed."""
    people = [f"person{number}" for number in range(40)]
    for _ in range(count):
        at = stamp(start + timedelta(seconds=chance.randrange(80_000)))
        author = chance.choice(people)
        kind = chance.random()
        known = repository["issues"] + repository["pullRequests"]
        if kind < 0.35 or not known:
            world.issue(repository, author, at)
        elif kind < 0.6:
            world.review(world.pull_request(repository, author, at), chance.choice(people), at)
        else:
            item = chance.choice(known)
            world.comment(repository, item, author, at)
            if item["state"] == "OPEN" and kind > 0.8:
                world.event(item, "ClosedEvent", author, at)
