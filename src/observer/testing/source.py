"""A source that says what a test wants, and a progress that only remembers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from observer.connectors.streams import Stream, catalog
from observer.ports import Json

Script = Callable[[Sequence[Json]], Iterable[Json]]


class ScriptedSource:
    """ports.Source that sends what a function of the state gives; remembers the states and catalogues it was given."""

    name = "demo-source"

    def __init__(self, script: Script, streams: Sequence[Stream]) -> None:
        self.script = script
        self.streams = streams
        self.states: list[Sequence[Json]] = []
        self.catalogs: list[Json] = []

    def spec(self) -> Json:
        """Any object is a config."""
        return {"connectionSpecification": {"type": "object"}}

    def check(self, config: Json) -> None:
        """Every config works."""

    def discover(self, config: Json) -> Json:
        """The catalogue of the streams."""
        return catalog(self.streams)

    def read(self, config: Json, catalog: Json, state: Sequence[Json]) -> Iterator[Json]:
        """What the script says."""
        self.states.append(state)
        self.catalogs.append(catalog)
        yield from self.script(state)


class QuietProgress:
    """ports.Progress that remembers the last count and total by label."""

    def __init__(self) -> None:
        self.shown: dict[str, tuple[int, int | None]] = {}

    def advance(self, label: str, *, done: int, total: int | None = None) -> None:
        """Shows nothing."""
        self.shown[label] = (done, total)
