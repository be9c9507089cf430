"""Puts an observatory together from its settings: the one place where adapters meet ports."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from observer import __version__
from observer.errors import ConfigError
from observer.project import Content, content_of
from observer.settings import Settings, read_settings

if TYPE_CHECKING:
    import pyarrow as pa

    from observer.accounts.service import Accounts
    from observer.connectors.registry import Registry
    from observer.directory.identities import Decision
    from observer.directory.organizations import Organization
    from observer.metrics.catalogue import Catalogue
    from observer.model.release import Published
    from observer.pipeline.steps import Parts, SyncTarget
    from observer.ports import Json, Progress
    from observer.postgres import PostgresUrls
    from observer.postgres.syncs import SyncLog
    from observer.query.read_model import ReadModel
    from observer.transform.request import BuildRequest
    from observer.warehouse.attachment import Attachment
    from observer.warehouse.lake import LakeWarehouse


@dataclass(frozen=True, slots=True)
class Expectation:
    """When a connector is to run (cron, UTC), and from which age of its last success, in hours, it is late or stale."""

    schedule: str | None
    warn_after_hours: float | None
    error_after_hours: float | None


@dataclass(frozen=True, slots=True)
class Observatory:
    """An observatory on this machine: settings, content folders and what they open."""

    settings: Settings
    content: Content

    @property
    def data(self) -> Path:
        return self.settings.data_folder

    @property
    def releases_dir(self) -> Path:
        return self.data / "releases"

    @property
    def insights_dir(self) -> Path:
        """Runs of insights (`runs/`) and the rendered gallery (`site/`)."""
        return self.data / "insights"

    @property
    def demo_dir(self) -> Path:
        """The demo world, where one was generated."""
        return self.data / "demo"

    @property
    def postgres_folder(self) -> Path:
        return self.data / "postgres"

    def postgres(self) -> PostgresUrls:
        """The URLs of PostgreSQL; starts the embedded server where none is configured."""
        from observer.postgres import open_postgres

        self.data.mkdir(parents=True, exist_ok=True)
        return open_postgres(self.settings.postgres.url, self.postgres_folder)

    @contextmanager
    def warehouse(self) -> Iterator[LakeWarehouse]:
        """The warehouse, open for writing as long as the block lasts."""
        from observer.warehouse.lake import LakeWarehouse

        limits = self.settings.warehouse
        url = self.postgres().owner
        with LakeWarehouse(
            url, self.data / "warehouse", memory_limit=limits.memory_limit, threads=limits.threads
        ) as lake:
            yield lake

    def lake(self) -> Attachment:
        """How the tables of the warehouse are reached by whoever only reads them."""
        from observer.warehouse.attachment import Attachment

        return Attachment(self.postgres().owner, (self.data / "warehouse" / "lake").resolve())

    def read_model(self, release: int | None = None) -> ReadModel:
        """The read side over what is published; `release` pins all that names none."""
        from observer.query.read_model import ReadModel

        return ReadModel(self.postgres().reader, self.releases_dir, clock=self.settings.now, release=release)

    def accounts(self) -> Accounts:
        """Accounts, keys and usage; the file of the pepper is made where there is none."""
        from observer.accounts.service import Accounts
        from observer.cli.access import account_options

        urls = self.postgres()
        pepper = self.data / self.settings.accounts.pepper_file
        return Accounts(urls.owner, urls.accounts, pepper, self.settings.now, account_options(self.settings))

    def catalogue(self) -> Catalogue:
        """The metric definitions; ContentError with every problem of every file."""
        from observer.metrics.catalogue import load_metrics

        return load_metrics(self.content.metrics)

    def decisions(self) -> tuple[Decision, ...]:
        """What people decided about identities; ContentError with every problem of every file."""
        from observer.directory.identities import load_decisions

        return load_decisions(self.content.identities)

    def organizations(self) -> tuple[Organization, ...]:
        """What people declared about organizations, where nobody did those of a demo world that is there.

        ContentError with every problem of every file.
        """
        from observer.directory.organizations import load_organizations

        own = self.content.organizations
        return load_organizations(own if own.is_dir() else self.demo_dir / "organizations")

    def registry(self) -> Registry:
        """The connectors that this observatory knows: ours, its manifests, and executables from the settings."""
        from observer.connectors.registry import Registry
        from observer.connectors.sources.oss_directory import OssDirectorySource
        from observer.directory.load import load_directory

        executables = {
            name: connector.command for name, connector in self.settings.connectors.items() if connector.command
        }
        return Registry(
            {"oss-directory": lambda: OssDirectorySource(load_directory)},
            executables,
            manifests=self.content.connectors,
            cache=self.data / "http",
            instances=self.settings.instances,
        )

    def expectation(self, registry: Registry, name: str) -> Expectation:
        """When a connector is to run, and how old its last success may be: its own words, or those of the settings."""
        metadata, entry = registry.metadata(name), self.settings.connectors.get(name)
        schedule = entry.schedule if entry and entry.schedule else metadata.schedule if metadata else None
        freshness = entry.freshness if entry and entry.freshness else metadata.freshness if metadata else None
        if schedule is not None:
            from observer.connectors.schedule import require_schedule

            try:
                require_schedule(schedule)
            except ValueError as error:
                raise ConfigError(str(error), where=f"[connectors.{name}] schedule") from error
        return Expectation(
            schedule,
            freshness.warn_after_hours if freshness else None,
            freshness.error_after_hours if freshness else None,
        )

    def connectors_table(self) -> pa.Table:
        """The catalogue of connectors as it is published: those that come with the observatory, and its own."""
        from observer.connectors.listing import Plan, connectors_table

        registry, last = self.registry(), self.syncs().last()
        plans = {}
        for name in registry.names():
            expected, sync = self.expectation(registry, name), last.get(name)
            plans[name] = Plan(
                self.is_enabled(name),
                expected.schedule,
                expected.warn_after_hours,
                expected.error_after_hours,
                sync.streams if sync else (),
            )
        return connectors_table(registry, plans)

    def is_enabled(self, name: str) -> bool:
        """Whether runs sync a connector; the directory always is."""
        entry = self.settings.connectors.get(name)
        return name == "oss-directory" or bool(entry and entry.enabled)

    def syncs(self) -> SyncLog:
        """The last sync of every connector."""
        from observer.postgres.syncs import SyncLog

        return SyncLog(self.postgres().owner)

    def due(self) -> list[str]:
        """The enabled connectors whose schedule's time has come since their last success; those without one always."""
        from observer.connectors.schedule import is_due

        registry, last, now = self.registry(), self.syncs().last(), self.settings.now()
        found = []
        for name in filter(self.is_enabled, registry.names()):
            schedule, sync = self.expectation(registry, name).schedule, last.get(name)
            if schedule is None or is_due(schedule, sync.succeeded_at if sync else None, now):
                found.append(name)
        return found

    def connector_config(self, name: str, warehouse: LakeWarehouse | None = None) -> Json:
        """The config of a connector as its source takes it; see `configuration.connector_config`."""
        from observer.cli.configuration import connector_config

        return connector_config(self, name, warehouse)

    def connector_names(self) -> list[str]:
        """The connectors that a run syncs: the directory, and all that are enabled."""
        enabled = [name for name, connector in self.settings.connectors.items() if connector.enabled]
        return ["oss-directory", *(name for name in enabled if name != "oss-directory")]

    def targets(self, warehouse: LakeWarehouse) -> list[SyncTarget]:
        """The sources of a run's connectors with their config."""
        from observer.pipeline.steps import SyncTarget

        registry = self.registry()
        return [SyncTarget(registry.source(name), self._config_of(name, warehouse)) for name in self.connector_names()]

    def _config_of(self, name: str, warehouse: LakeWarehouse) -> Callable[[], Json]:
        return lambda: self.connector_config(name, warehouse)

    def parts(self, warehouse: LakeWarehouse, progress: Progress) -> Parts:
        """Everything that the steps of a run work with."""
        from observer.pipeline.steps import Parts

        transformer = DbtTransformer(self, warehouse, progress)
        return Parts(
            warehouse=warehouse,
            targets=self.targets(warehouse),
            catalogue=self.catalogue(),
            decisions=self.decisions(),
            organizations=self.organizations(),
            transformer=transformer,
            publisher=MartPublisher(self, warehouse, transformer, progress),
            clock=self.settings.now,
            progress=progress,
            scratch=self.data / "staging",
            code_version=code_version(),
            as_of=self.settings.build.as_of,
            syncs=self.syncs(),
        )


@dataclass(frozen=True, slots=True)
class DbtTransformer:
    """The Transformer port on dbt."""

    observatory: Observatory
    warehouse: LakeWarehouse
    progress: Progress

    def fingerprint(self) -> str:
        from observer.transform.fingerprint import fingerprint

        return fingerprint(self.observatory.content.transform)

    def build(self, as_of: date, select: Sequence[str] = (), *, is_full: bool = False) -> str:
        from observer.transform.runner import build

        request = replace(self.request(as_of), select=tuple(select), is_full=is_full)
        with self.warehouse.writer():
            result = build(request, progress=self.progress)
        unchanged = sum(model.status == "unchanged" for model in result.models)
        told = f"{len(result.models)} models, {unchanged} of them unchanged, {result.checks} checks, as of {as_of}"
        if result.metrics_since:
            told += f", metrics from {result.metrics_since} on"
        return f"{told}; unlike before: {', '.join(result.differing)}" if result.differing else told

    def request(self, as_of: date) -> BuildRequest:
        """The build that this observatory asks dbt for."""
        from observer.transform.request import BuildRequest

        attachment = self.warehouse.attachment()
        limits = self.observatory.settings.warehouse
        return BuildRequest(
            project_dir=self.observatory.content.transform,
            work_dir=self.observatory.data / "transform",
            attach_path=attachment.path,
            attach_options=attachment.options,
            as_of=as_of,
            memory_limit=limits.memory_limit,
        )

    @property
    def manifest(self) -> Path:
        return self.observatory.data / "transform" / "target" / "manifest.json"


@dataclass(frozen=True, slots=True)
class MartPublisher:
    """The ReleasePublisher port over the warehouse's marts."""

    observatory: Observatory
    warehouse: LakeWarehouse
    transformer: DbtTransformer
    progress: Progress

    def publish(self) -> Published:
        from observer.publishing.publisher import publish
        from observer.publishing.source import WarehouseTables
        from observer.transform.manifest import models_table

        settings = self.observatory.settings
        return publish(
            WarehouseTables(
                self.warehouse,
                {"models": models_table(self.transformer.manifest), "connectors": self.observatory.connectors_table()},
            ),
            postgres_url=self.observatory.postgres().owner,
            releases_dir=self.observatory.releases_dir,
            clock=settings.now,
            code_version=code_version(),
            snapshot_id=self.warehouse.snapshot_id(),
            keep=settings.release.keep,
            progress=self.progress,
        )


def open_observatory(config: Path | None = None, overrides: Mapping[str, object] | None = None) -> Observatory:
    """The observatory of a configuration file, or the nearest one; ConfigError where it is wrong."""
    settings = read_settings(config)
    if overrides:
        settings = settings.model_copy(update=dict(overrides))
    return Observatory(settings, content_of(settings.root))


def current(ctx: click.Context) -> Observatory:
    """The observatory of a command."""
    return open_observatory(ctx.obj)


def code_version() -> str:
    """The version of this code, with a digest of its Python files so that a changed checkout is told apart."""
    root = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return f"{__version__}+{digest.hexdigest()[:8]}"


def require_free_port(host: str, port: int) -> None:
    """Raises ConfigError if somebody listens there already."""
    import socket

    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise ConfigError(
                f"cannot listen on {host}:{port}: {os.strerror(error.errno or 0)}",
                where="[server] port",
                hint="stop what listens there, or set OBSERVER_SERVER_PORT",
            ) from error
