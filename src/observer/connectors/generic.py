"""A new instance of a generic connector: a section of settings, and staging models for what it brings."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from observer.connectors.sources.files.options import TYPES as FILE_TYPES
from observer.connectors.sources.files.options import FileOptions, stream_of
from observer.connectors.staging import staging_files
from observer.errors import ConfigError
from observer.model.load import WriteMode

if TYPE_CHECKING:
    from observer.ports import Json

GENERIC = ("postgres", "bucket", "http-file")

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")

_SECTIONS: Mapping[str, str] = {
    "postgres": """
[connectors.@name@]
use = "postgres"
enabled = false           # set it to true once `observer connectors check @name@` succeeds
url = { env = "@VARIABLE@_URL" }

[[connectors.@name@.tables]]
table = "public.items"
cursor = "updated_at"     # without it the table is read whole every time
primary_key = ["id"]      # the table's own if absent
""",
    "bucket": """
[connectors.@name@]
use = "bucket"
enabled = false           # set it to true once `observer connectors check @name@` succeeds
location = "s3://bucket/prefix"
# region = "us-east-1"
# access_key = { env = "@VARIABLE@_ACCESS_KEY" }
# secret_key = { env = "@VARIABLE@_SECRET_KEY" }

[[connectors.@name@.streams]]
name = "items"
file_match = '(?P<interval_timestamp>\\d{4}-\\d\\d-\\d\\d)/.*\\.csv(\\.gz)?'
format = "csv"
mode = "overwrite"        # or "incremental"
primary_key = ["id"]
columns = { id = "text", name = "text", updated_at = "timestamp" }
""",
    "http-file": """
[connectors.@name@]
use = "http-file"
enabled = false           # set it to true once `observer connectors check @name@` succeeds

[[connectors.@name@.files]]
name = "items"
url = "https://example.org/items.csv"
primary_key = ["id"]
columns = { id = "text", name = "text", updated_at = "timestamp" }
""",
}
_COLUMNS = {"id": "text", "name": "text", "updated_at": "timestamp"}


def scaffold_instance(
    name: str, kind: str, *, settings: Path, transform: Path, discover: Callable[[], Json] | None
) -> list[Path]:
    """Writes what a new instance needs and returns the paths.

    Where `settings` have no section of this name yet, an example is added to them, and the staging models fit the
    example. Where they have one, `discover` says what it brings, and the models fit that. Raises ConfigError, before it
    writes, if something is in the way.
    """
    if not _NAME.fullmatch(name) or kind not in GENERIC:
        raise ConfigError(
            f"there is no {kind!r} to make {name!r} from",
            hint=f"one of {', '.join(GENERIC)}; names have lower-case letters, digits and single hyphens",
        )
    table = name.replace("-", "_")
    folder = transform / "models" / "staging" / table
    if folder.exists():
        raise ConfigError("there are staging models already", where=str(folder))
    written: list[Path] = []
    if has_section(settings, name):
        if discover is None:
            raise ConfigError("this section cannot be asked for its streams", where=f"[connectors.{name}]")
        catalog = discover()
    else:
        catalog = _example(kind)
        section = _SECTIONS[kind].replace("@name@", name).replace("@VARIABLE@", table.upper())
        with settings.open("a", encoding="utf-8") as file:
            file.write(section)
        written.append(settings)
    folder.mkdir(parents=True)
    for path, text in staging_files(name, catalog).items():
        (folder / path).write_text(text, encoding="utf-8")
        written.append(folder / path)
    return written


def has_section(settings: Path, name: str) -> bool:
    """Whether a settings file has a section for a connector."""
    sections = tomllib.loads(settings.read_text(encoding="utf-8")).get("connectors", {}) if settings.is_file() else {}
    return name in sections


def _example(kind: str) -> Json:
    """What the example of a section would bring."""
    options = FileOptions("items", "csv", ("id",), _COLUMNS)
    columns = {name: FILE_TYPES[word][0] for name, word in _COLUMNS.items()}
    mode = WriteMode.UPSERT if kind == "postgres" else WriteMode.OVERWRITE
    return {"streams": [stream_of(options, columns, mode, dated=kind == "bucket")]}
