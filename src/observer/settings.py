"""Settings: observer.toml, overridden by the environment. The only reader of either."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from observer.errors import ConfigError
from observer.settings_accounts import (
    AccountsSettings,
    AnonymousLimits,
    DeveloperLimits,
    PriceSettings,
    SignInSettings,
    UserLimits,
)
from observer.settings_engines import BigQuerySettings, SparkSettings
from observer.settings_section import OptionalDate, OptionalText, OptionalTime, Section

FILE_NAME = "observer.toml"
PREFIX = "OBSERVER_"


class ObservatorySettings(Section):
    """How the observatory presents itself."""

    title: str = "Open Source Observer"
    public_url: OptionalText = None


class DataSettings(Section):
    """Where data is kept; relative to the folder of observer.toml."""

    folder: Path = Path(".observer")


class DirectorySettings(Section):
    """The directory of projects: a folder, an archive file or a git URL.

    `extra` is a folder of one's own that adds projects and collections to a directory elsewhere; empty for none.
    """

    location: str = "directory"
    extra: OptionalText = None


class WarehouseSettings(Section):
    """Limits of the warehouse engine. `keep_days` is how long old snapshots stay readable."""

    memory_limit: str = "768MB"
    threads: int = Field(default=2, ge=1, le=256)
    keep_days: int = Field(default=7, ge=0)


class PostgresSettings(Section):
    """PostgreSQL: empty starts the embedded server in the data folder."""

    url: OptionalText = None


class BuildSettings(Section):
    """`as_of` pins the last day that metrics see; empty takes the last complete day of the data."""

    as_of: OptionalDate = None


class ReleaseSettings(Section):
    """How many releases stay readable."""

    keep: int = Field(default=3, ge=1)


class ReportSettings(Section):
    """Ecosystem reports: `after_release` makes those that are due after each release, in Dagster every day.

    `collections` (comma-separated) are reported on beside those that the library has a text for.
    """

    after_release: bool = False
    collections: str = ""

    @property
    def collection_names(self) -> tuple[str, ...]:
        return tuple(name.strip() for name in self.collections.split(",") if name.strip())


class ServerSettings(Section):
    """Where the website and the API listen."""

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)


class SqlSettings(Section):
    """Public SQL: `workers` processes answer it, each with at most `memory_limit`. `nice` (0 to 19) is how much of the
    processor they leave to others. `waiting_seconds` is how long a query waits for its turn.
    """

    workers: int = Field(default=3, ge=1, le=64)
    memory_limit: str = Field(default="512MB", pattern=r"^[0-9]+(MB|GB)$")
    nice: int = Field(default=10, ge=0, le=19)
    waiting_seconds: float = Field(default=10, gt=0)


class ClockSettings(Section):
    """`now` pins the clock, for runs that must be repeatable; empty takes the time."""

    now: OptionalTime = None


class DemoSettings(Section):
    """The fictitious world that `observer up` builds where there is no release yet."""

    enabled: bool = True
    seed: int = 7
    days: int = Field(default=210, ge=30)
    scale: float = Field(default=1.0, gt=0)


class FreshnessSettings(Section):
    """Hours since the last successful sync from which a connector is late, and from which it is stale."""

    warn_after_hours: float = Field(gt=0)
    error_after_hours: float = Field(gt=0)


class ConnectorSettings(BaseModel):
    """One connector: its own config in all keys but these.

    `use` names the connector that this is an instance of, where the section has a name of its own. `command` is for an
    executable. `schedule` (cron, UTC) and `freshness` replace what the connector says of itself.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    enabled: bool = True
    use: OptionalText = None
    command: list[str] = Field(default_factory=list)
    schedule: OptionalText = None
    freshness: FreshnessSettings | None = None

    @property
    def config(self) -> dict[str, object]:
        return dict(self.model_extra or {})


class Settings(Section):
    """Every setting with its default. `root` is the folder of observer.toml."""

    root: Path = Field(default=Path(), exclude=True)
    observatory: ObservatorySettings = ObservatorySettings()
    data: DataSettings = DataSettings()
    directory: DirectorySettings = DirectorySettings()
    warehouse: WarehouseSettings = WarehouseSettings()
    postgres: PostgresSettings = PostgresSettings()
    build: BuildSettings = BuildSettings()
    bigquery: BigQuerySettings = BigQuerySettings()
    spark: SparkSettings = SparkSettings()
    release: ReleaseSettings = ReleaseSettings()
    reports: ReportSettings = ReportSettings()
    server: ServerSettings = ServerSettings()
    sql: SqlSettings = SqlSettings()
    accounts: AccountsSettings = AccountsSettings()
    limits_anonymous: AnonymousLimits = AnonymousLimits()
    limits_user: UserLimits = UserLimits()
    limits_developer: DeveloperLimits = DeveloperLimits()
    prices: PriceSettings = PriceSettings()
    sign_in: SignInSettings = SignInSettings()
    clock: ClockSettings = ClockSettings()
    demo: DemoSettings = DemoSettings()
    connectors: dict[str, ConnectorSettings] = Field(
        default_factory=lambda: {
            "git": ConnectorSettings(),
            "github-archive": ConnectorSettings(enabled=False),
        }
    )

    @property
    def data_folder(self) -> Path:
        return (self.root / self.data.folder).resolve()

    @property
    def directory_location(self) -> str:
        """The directory's location, made absolute where it is a path of this machine."""
        path = self.root / self.directory.location
        return str(path.resolve()) if path.exists() else self.directory.location

    @property
    def directory_extra(self) -> Path | None:
        """The folder that adds to the directory; None where there is none, or nothing in it yet."""
        if self.directory.extra is None:
            return None
        folder = self.root / self.directory.extra
        return folder.resolve() if (folder / "projects").is_dir() else None

    @property
    def instances(self) -> dict[str, str]:
        """The connectors with names of their own, each with the connector that it is an instance of."""
        return {name: entry.use for name, entry in self.connectors.items() if entry.use and entry.use != name}

    def now(self) -> datetime:
        """The time in UTC, or the pinned time."""
        pinned = self.clock.now
        if pinned is None:
            return datetime.now(UTC)
        return pinned.replace(tzinfo=UTC) if pinned.tzinfo is None else pinned.astimezone(UTC)


def find_root(start: Path | None = None) -> Path | None:
    """The nearest folder at or above `start` that holds observer.toml."""
    here = (start or Path.cwd()).resolve()
    return next((folder for folder in (here, *here.parents) if (folder / FILE_NAME).is_file()), None)


def read_settings(file: Path | None = None, environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of an observatory.

    `file` is an observer.toml; without it the nearest one above the working folder is taken, or the defaults.
    A variable OBSERVER_<SECTION>_<KEY> overrides `[section] key`. Raises ConfigError naming every wrong key.
    """
    environment = os.environ if environment is None else environment
    if file is None:
        root = find_root()
        file = root / FILE_NAME if root else None
    values: dict[str, object] = {}
    if file is not None:
        values = _read_toml(file)
    _override(values, environment)
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        raise ConfigError(_sentence(error), where=str(file or "environment"), hint=_hint(error)) from error
    return settings.model_copy(update={"root": (file.parent if file else Path.cwd()).resolve()})


def read_secret(reference: Mapping[str, object], root: Path) -> str:
    """The secret behind `{env = "NAME"}` or `{file = "PATH"}`, a path relative to `root`, without a line end.

    Raises ConfigError, which names the reference and never the secret.
    """
    ((kind, name),) = reference.items()
    if kind == "env":
        value = os.environ.get(str(name))
        if not value:
            raise ConfigError(f"the environment variable {name} is not set", hint="it is to hold the secret")
        return value
    path = root / str(name)
    try:
        if path.stat().st_mode & 0o007:
            raise ConfigError("everybody may read this file", where=str(path), hint=f"chmod 600 {path}")
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError("this file, which is to hold a secret, cannot be read", where=str(path)) from error


def _read_toml(file: Path) -> dict[str, object]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError("there is no such file", where=str(file), hint="run `observer init DIR`") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"this is not TOML: {error}", where=str(file)) from error


def _override(values: dict[str, object], environment: Mapping[str, str]) -> None:
    for section, field in Settings.model_fields.items():
        kind = field.annotation
        if not (isinstance(kind, type) and issubclass(kind, Section)):
            continue
        for key in kind.model_fields:
            text = environment.get(f"{PREFIX}{section}_{key}".upper())
            if text is None:
                continue
            table = values.setdefault(section, {})
            if isinstance(table, dict):
                table[key] = text


def _sentence(error: ValidationError) -> str:
    parts = [f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors()]
    return "; ".join(parts)


def _hint(error: ValidationError) -> str:
    if any(item["type"] == "extra_forbidden" for item in error.errors()):
        return "docs/reference/settings.md lists every setting"
    return "correct the value"
