"""What the tests of the funding sources share."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from observer.connectors import host
from observer.ports import Source
from observer.testing.warehouse import FakeWarehouse

Rows = list[Mapping[str, object]]
Landed = dict[str, Rows]


class Quiet:
    """Progress that nobody watches."""

    def advance(self, label: str, *, done: int, total: int | None = None) -> None: ...


def landed(source: Source, config: Mapping[str, object], state: tuple[Mapping[str, object], ...] = ()) -> Landed:
    """The records by stream; what was refused under `_quarantine`."""
    rows: Landed = {"_quarantine": []}
    for message in host.read(source, config, state=state):
        if message["type"] == "RECORD":
            body = message["record"]
            assert isinstance(body, dict)
            rows.setdefault(body["stream"], []).append(body["data"])
    return rows


@pytest.fixture
def sync(clock: Callable[[], object]) -> Callable[..., host.SyncReport]:
    """Syncs a source into a warehouse that keeps the promises of the real one."""

    def run(source: Source, config: Mapping[str, object], warehouse: FakeWarehouse) -> host.SyncReport:
        return host.sync(
            source,
            config=config,
            warehouse=warehouse,
            clock=clock,  # type: ignore[arg-type]
            progress=Quiet(),
            sleep=lambda _: None,
        )

    return run
