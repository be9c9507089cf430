"""`--target`: the same models on another engine than the warehouse, and releases out of there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from observer.cli.console import print_json, print_table, progress
from observer.cli.observatory import DbtTransformer, Observatory, code_version
from observer.errors import ConfigError

if TYPE_CHECKING:
    from observer.model.release import Published
    from observer.pipeline.steps import Parts
    from observer.transform.engines import Engine, TableCost
    from observer.warehouse.lake import LakeWarehouse

WAREHOUSE = "warehouse"
TARGETS = (WAREHOUSE, "bigquery", "spark")

target_option = click.option(
    "--target",
    type=click.Choice(TARGETS),
    default=WAREHOUSE,
    show_default=True,
    help="The engine of the models: the warehouse of this observatory, BigQuery or Spark.",
)


def engine_of(observatory: Observatory, target: str) -> Engine:
    """The engine that the settings describe; ConfigError where something is missing."""
    settings = observatory.settings
    if target == "bigquery":
        from observer.transform.engines.bigquery import BigQuery

        chosen = settings.bigquery
        if chosen.project is None:
            raise ConfigError("no project is named", where="[bigquery] project", hint="see docs/guides/engines.md")
        return BigQuery(
            chosen.project,
            location=chosen.location,
            keyfile=settings.root / chosen.keyfile if chosen.keyfile else None,
            api_endpoint=chosen.api_endpoint,
            maximum_bytes_billed=chosen.maximum_bytes_billed or None,
        )
    from observer.transform.engines.spark import Spark

    place = settings.spark.warehouse
    warehouse = place if "://" in place else str((observatory.data / place).resolve())
    return Spark(settings.spark.master, warehouse, dict(settings.spark.config))


@dataclass(frozen=True, slots=True)
class Workshop:
    """An engine, opened, beside the warehouse whose raw tables it gets."""

    observatory: Observatory
    warehouse: LakeWarehouse
    parts: Parts
    engine: Engine

    @property
    def transformer(self) -> DbtTransformer:
        return DbtTransformer(self.observatory, self.warehouse, self.parts.progress)

    @property
    def manifest(self) -> Path:
        return self.observatory.data / "transform" / self.engine.name / "target" / "manifest.json"

    def build(self, *, has_checks: bool = True) -> dict[str, object]:
        """Loads, builds and, unless it is told not to, checks everything; returns what was done."""
        from observer.pipeline.steps import declare, last_complete_day
        from observer.transform.engines import build_on

        as_of = self.parts.as_of or last_complete_day(self.warehouse)
        declare(self.parts)
        self.engine.open()
        request = replace(self.transformer.request(as_of), has_checks=has_checks)
        result = build_on(self.engine, request, self.warehouse, progress=self.parts.progress)
        return {
            "target": self.engine.name,
            "as_of": as_of.isoformat(),
            "models": len(result.models),
            "checks": result.checks,
            "seconds": round(result.seconds, 1),
        }

    def estimate(self) -> list[TableCost]:
        """What a build would read, table by table."""
        from observer.pipeline.steps import declare, last_complete_day
        from observer.transform.engines import estimate

        declare(self.parts)
        as_of = self.parts.as_of or last_complete_day(self.warehouse)
        return estimate(self.engine, self.transformer.request(as_of), self.warehouse)

    def publish(self) -> Published:
        """A release out of the engine's marts; its code version names the engine."""
        from observer.publishing.publisher import publish
        from observer.transform.engines import EngineTables
        from observer.transform.manifest import models_table

        if not self.manifest.is_file():
            raise ConfigError(
                f"nothing was built on {self.engine.name} yet", hint=f"run `observer build --target {self.engine.name}`"
            )
        self.engine.open()
        others = {"models": models_table(self.manifest), "connectors": self.observatory.connectors_table()}
        settings = self.observatory.settings
        return publish(
            EngineTables(self.engine, others),
            postgres_url=self.observatory.postgres().owner,
            releases_dir=self.observatory.releases_dir,
            clock=settings.now,
            code_version=f"{code_version()}@{self.engine.name}",
            snapshot_id=self.warehouse.snapshot_id(),
            keep=settings.release.keep,
            progress=self.parts.progress,
        )


@contextmanager
def workshop(observatory: Observatory, target: str) -> Iterator[Workshop]:
    """The engine and the warehouse, open as long as the block lasts."""
    engine = engine_of(observatory, target)
    with progress() as display, observatory.warehouse() as warehouse, warehouse.writer():
        try:
            yield Workshop(observatory, warehouse, observatory.parts(warehouse, display), engine)
        finally:
            engine.close()


def build_elsewhere(observatory: Observatory, target: str, *, is_dry: bool, as_json: bool) -> None:
    """`observer build --target`: builds, or tells what a build would read."""
    with workshop(observatory, target) as found:
        if not is_dry:
            done = found.build()
            print_json(done) if as_json else click.echo(
                f"{done['models']} models, {done['checks']} checks on {target}, as of {done['as_of']}"
            )
            return
        costs = found.estimate()
    rows = [(cost.layer, cost.name, cost.bytes, cost.basis) for cost in costs]
    if as_json:
        print_json([dict(zip(("layer", "table", "bytes", "basis"), row, strict=True)) for row in rows])
        return
    print_table(("layer", "table", "bytes", "basis"), rows)
    loaded = sum(cost.bytes for cost in costs if cost.layer == "raw")
    read = sum(cost.bytes for cost in costs if cost.layer != "raw")
    click.echo(f"{loaded:,} bytes to load, at most {read:,} bytes to read", err=True)


def publish_elsewhere(observatory: Observatory, target: str, *, as_json: bool) -> None:
    """`observer publish --target`: a release out of an engine's marts."""
    with workshop(observatory, target) as found:
        published = found.publish()
    facts = {"release": published.release.number, "is_new": published.is_new, "target": target}
    print_json(facts) if as_json else click.echo(f"release {published.release.number} from {target}")
