"""The github source: repositories, what happens in them and who does it, from GitHub's GraphQL and REST APIs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from observer.connectors import messages
from observer.connectors.messages import Message
from observer.connectors.sources.github import queries, rows, streams
from observer.connectors.sources.github.api import Api
from observer.connectors.sources.github.config import SPEC, Config, parse_config
from observer.connectors.sources.github.emitter import Emitter
from observer.connectors.sources.github.forecast import (
    Costs,
    Estimate,
    estimate_of_survey,
    walk_costs,
)
from observer.connectors.sources.github.state import Entry, Memory, Walk
from observer.connectors.sources.github.survey import Facts, Survey, planned_walk
from observer.connectors.sources.github.walk import RepositoryWalk, completeness_row
from observer.connectors.streams import catalog as build_catalog
from observer.errors import ConfigError, SourceError
from observer.ports import Forecast

if TYPE_CHECKING:
    from observer.ports import Clock, Json

_SURVEYED = {streams.REPOSITORIES, streams.REPOSITORY_NAMES, streams.TARGETS, streams.COUNTERS, streams.SBOMS}
_WALKED = frozenset(stream.name for stream in streams.COLLECTED if stream not in _SURVEYED)
_ALL = frozenset(stream.name for stream in streams.COLLECTED)


class GithubSource:
    """ports.Source over GitHub.

    A sync surveys all repositories in batches, tells what the rest will cost, and reads only what has changed. Rows
    replace those of the same id. The state is global: node ids by target, and how far each repository was read; it
    comes after every answer. `exchange_options` replace clock, sleep and resolver of the transport in tests.
    """

    name = "github"

    def __init__(self, clock: Clock | None = None, **exchange_options: Callable[..., Any]) -> None:
        self._clock = clock or (lambda: datetime.now(UTC))
        self._options: dict[str, Callable[..., Any]] = {"now": self._clock, **exchange_options}

    def spec(self) -> Json:
        """The ConnectorSpecification."""
        return SPEC

    def check(self, config: Json) -> None:
        """Returns if GitHub takes the tokens; ConfigError or SourceError if not."""
        with Api.open(parse_config(config), **self._options) as api:
            api.ask(queries.viewer())

    def discover(self, config: Json) -> Json:
        """The AirbyteCatalog of the streams; `usage` only where the config wants it."""
        return build_catalog(streams.ALL if config.get("usage") is not False else streams.COLLECTED)

    def forecast(self, config: Json, state: Mapping[str, Json]) -> Forecast:
        """What a sync would cost now: asks GitHub about all repositories, a point for each eleven. Raises as `read`."""
        now = self._clock()
        parsed = parse_config(config)
        with Api.open(parsed, **self._options) as api:
            run = _Run(api, parsed, Memory.of(state.get("", {}), _ALL), Emitter(frozenset(), now), now)
            for _ in run.surveyed():
                pass
            return run.estimate.port()

    def read(self, config: Json, catalog: Json, state: Sequence[Json]) -> Iterator[Message]:
        """The messages of a sync. Raises ConfigError, SourceError or TransientSourceError; the state tells how far."""
        parsed = parse_config(config)
        wanted = _stream_names(catalog)
        now = self._clock()
        memory = Memory.of(_shared(state), wanted - {streams.USAGE.name})
        with Api.open(parsed, **self._options) as api:
            run = _Run(api, parsed, memory, Emitter(wanted, now), now)
            try:
                yield from run.messages()
            except (SourceError, ConfigError):
                yield from run.usage(self._clock())
                raise
            yield from run.usage(self._clock())


@dataclass(slots=True)
class _Run:
    """One sync under way."""

    api: Api
    config: Config
    memory: Memory
    emitter: Emitter
    now: datetime
    estimate: Estimate = field(default_factory=lambda: Estimate(0, 0, 0, 0, 0, 0.0))
    facts: dict[int, Facts] = field(default_factory=dict)

    def messages(self) -> Iterator[Message]:
        """Everything but the usage."""
        yield from self.surveyed()
        yield messages.log("INFO", self.estimate.sentence())
        if self.emitter.wanted & _WALKED:
            yield from self._walks()
        for facts in self._due_for_sbom():
            yield from self._sbom(facts)
        yield from self._profiles(at_least=1)
        yield self.emitter.state(self.memory)
        yield messages.log("INFO", self._spent())

    def surveyed(self) -> Iterator[Message]:
        """The survey, and after it the forecast."""
        survey = Survey(self.api, self.config, self.memory, self.emitter, self.now)
        yield from survey.run()
        self.facts = survey.facts
        spent = self.api.spent
        surveyed = Costs(spent.points, spent.graphql_requests, spent.rest_requests)
        sboms = len(self._due_for_sbom())
        self.estimate = estimate_of_survey(self.config, self.memory, self.facts.values(), surveyed, self.now, sboms)

    def usage(self, ended_at: datetime) -> Iterator[Message]:
        """What was spent, by token."""
        started = rows.time(self.now.isoformat())
        for token in self.api.pool.tokens:
            if token.requests:
                row = {
                    "run_id": f"{self.now:%Y%m%dT%H%M%S%f}",
                    "token_label": token.label,
                    "requests": token.requests,
                    "rest_requests": token.rest_requests,
                    "points": token.points,
                    "remaining": token.remaining["graphql"],
                    "forecast_points": self.estimate.points,
                    "forecast_requests": self.estimate.requests,
                    "started_at": started,
                    "ended_at": rows.time(ended_at.isoformat()),
                }
                yield from self.emitter.record(streams.USAGE, row, f"github:usage/{row['run_id']}/{token.label}")

    def _walks(self) -> Iterator[Message]:
        for facts in self._in_order():
            entry = self.memory.entry(facts.id) or Entry(facts.node_id)
            walk = planned_walk(facts, entry, self.now)
            complete_to = self.now
            if walk.is_open:
                met = self.emitter.people
                reading = RepositoryWalk(self.api, self.memory, self.emitter, facts, entry, walk)
                yield from reading.run()
                if reading.entry.walk is not None or reading.entry.walked_at is None:
                    continue
                complete_to = datetime.fromisoformat(reading.walk.started_at)
                self._learn(facts, entry, reading.walk, self.emitter.people - met)
            row = completeness_row(facts, complete_to)
            yield from self.emitter.record(streams.COMPLETENESS, row, f"github:{facts.full_name}")
            yield from self._profiles(at_least=queries.ACCOUNTS_AT_ONCE)

    def _learn(self, facts: Facts, before: Entry, walk: Walk, people: int) -> None:
        seen = {part: walk.seen.get(part, 0) for part in ("issues", "pulls")}
        if before.walked_at is not None:
            grown = facts.issues_count - before.issues_count + facts.pulls_count - before.pulls_count
            self.memory.habits = self.memory.habits.after(max(0, grown), sum(seen.values()), people)

    def _in_order(self) -> list[Facts]:
        """News of known repositories before the histories of new ones, and what is small first."""

        def place(facts: Facts) -> tuple[bool, float, int]:
            entry = self.memory.entry(facts.id) or Entry(facts.node_id)
            walk = planned_walk(facts, entry, self.now)
            costs = walk_costs(facts, entry, walk, self.memory.habits)
            return entry.walked_at is None, costs.points + costs.rest, facts.id

        return sorted(self.facts.values(), key=place)

    def _profiles(self, *, at_least: int) -> Iterator[Message]:
        """The profiles of accounts that wait for it, once there are enough for a request."""
        while len(self.memory.accounts) >= at_least:
            batch = self.memory.accounts[: queries.ACCOUNTS_AT_ONCE]
            for node in self.api.ask(queries.accounts(batch)).data.get("nodes") or ():
                if node and node.get("databaseId"):
                    row = rows.account_row(node, self.now)
                    reference = f"github:{row['login']}"
                    name = {"id": row["id"], "login": row["login"], "last_observed_at": row["observed_at"]}
                    yield from self.emitter.record(streams.ACCOUNTS, row, reference)
                    yield from self.emitter.record(streams.ACCOUNT_NAMES, name, reference)
            self.memory.accounts = self.memory.accounts[len(batch) :]
            yield self.emitter.state(self.memory)

    def _due_for_sbom(self) -> list[Facts]:
        """The repositories that have changed since their bill of material, if that is old enough."""
        if not self.config.sbom_days or streams.SBOMS.name not in (self.emitter.wanted or _ALL):
            return []
        before = self.now - timedelta(days=self.config.sbom_days)
        due = []
        for facts in self.facts.values():
            entry = self.memory.entry(facts.id)
            last = entry.sbom_at if entry else None
            if last is None or (datetime.fromisoformat(last) <= before and (facts.pushed_at or "") > last):
                due.append(facts)
        return due

    def _sbom(self, facts: Facts) -> Iterator[Message]:
        found = self.api.get(f"/repos/{facts.full_name}/dependency-graph/sbom")
        document = found.get("sbom") if isinstance(found, dict) else None
        if isinstance(document, dict):
            created = document.get("creationInfo")
            row = {
                "repository_id": facts.id,
                "repository_full_name": facts.full_name,
                "document": rows.json_text(document),
                "created_at": rows.time(created.get("created")) if isinstance(created, dict) else None,
                "observed_at": rows.time(self.now.isoformat()),
            }
            yield from self.emitter.record(streams.SBOMS, row, f"github:{facts.full_name}/sbom")
        else:
            yield messages.log("INFO", f"{facts.full_name} has no bill of material")
        entry = self.memory.entry(facts.id) or Entry(facts.node_id)
        self.memory.put(facts.id, replace(entry, sbom_at=self.now.isoformat()))
        yield self.emitter.state(self.memory)

    def _spent(self) -> str:
        spent = self.api.spent
        asked = spent.graphql_requests + spent.rest_requests
        return f"spent {spent.points} GraphQL points and {asked} requests; {self.estimate.points} points were expected"


def _shared(state: Sequence[Json]) -> dict[str, Any]:
    """The shared state among the bodies of stored STATE messages."""
    for body in state:
        whole = body.get("global")
        shared = whole.get("shared_state") if isinstance(whole, dict) else None
        if isinstance(shared, dict):
            return shared
    return {}


def _stream_names(catalog: Json) -> frozenset[str]:
    found = catalog.get("streams")
    return frozenset(str(one["stream"]["name"]) for one in (found if isinstance(found, list) else []))
