"""Turns rows into messages of the streams that are asked for, and keeps the accounts that were met on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from observer.connectors import messages
from observer.connectors.messages import Message
from observer.connectors.sources.github.rows import Row
from observer.connectors.sources.github.state import Memory
from observer.connectors.streams import Stream

_SHOWN = 200


@dataclass(slots=True)
class Emitter:
    """Messages of one run. `wanted` are the names of its streams."""

    wanted: frozenset[str]
    emitted_at: datetime
    counts: dict[str, int] = field(default_factory=dict)
    _met: set[str] = field(default_factory=set)
    _drifted: set[str] = field(default_factory=set)

    def record(self, stream: Stream, row: Mapping[str, object], reference: str) -> Iterator[Message]:
        """The row as a message, if its stream is asked for."""
        self.counts[stream.name] = self.counts.get(stream.name, 0) + 1
        if stream.name in self.wanted:
            yield messages.record(stream.name, {**row, "_record_ref": reference}, self.emitted_at)

    def checked(
        self, stream: Stream, build: Callable[..., Row], node: Mapping[str, Any], *args: Any, place: str, **options: Any
    ) -> Iterator[Message]:
        """The row that `build` makes of a node; the node as refused input where it cannot."""
        try:
            row = build(node, *args, **options)
        except (ValueError, KeyError, TypeError) as error:
            if stream.name in self.wanted:
                excerpt = ", ".join(sorted(map(str, node)))[:_SHOWN]
                yield messages.quarantine(stream.name, place, None, f"not a row: {error}", f"fields: {excerpt}")
            return
        yield from self.record(stream, row, f"{place}#{row[stream.primary_key[0]]}")

    def drift(self, stream: Stream, node: Mapping[str, Any], known: frozenset[str]) -> Iterator[Message]:
        """A warning for each field that GitHub did not give before."""
        for name in sorted(node.keys() - known - self._drifted):
            self._drifted.add(name)
            yield messages.log("WARN", f"schema drift: {stream.name} has the new field {name}")

    def meet(self, node_ids: Iterable[str], memory: Memory) -> None:
        """Remembers accounts whose profiles are to be read, each once a run."""
        fresh = [node_id for node_id in dict.fromkeys(node_ids) if node_id not in self._met]
        self._met.update(fresh)
        waiting = set(memory.accounts)
        memory.accounts = (*memory.accounts, *(node_id for node_id in fresh if node_id not in waiting))

    @property
    def people(self) -> int:
        """How many accounts were met."""
        return len(self._met)

    def state(self, memory: Memory) -> Message:
        """A state that covers everything so far."""
        return messages.global_state(memory.to_json())
