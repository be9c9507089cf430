"""Our own sources behind a command line, and connectors by name."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from observer.connectors import messages as m
from observer.connectors.executable import STAGING_VARIABLE, ExecutableSource
from observer.connectors.host import sync
from observer.connectors.protocol import serve
from observer.connectors.registry import Registry
from observer.connectors.streams import Stream, configured
from observer.errors import ConfigError, SourceError, TransientSourceError
from observer.model.load import WriteMode
from observer.ports import Json
from observer.testing.source import QuietProgress, ScriptedSource
from observer.testing.warehouse import FakeWarehouse

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
ITEMS = Stream("items", pa.schema([("id", pa.int64()), ("name", pa.string())]), ("id",), WriteMode.UPSERT)

# The source of these tests as a program, as a stranger would install it.
MAIN = """
import sys
sys.path.insert(0, {folder!r})
from test_executable_of_ours import a_source
from observer.connectors.protocol import serve
sys.exit(serve(a_source(), sys.argv[1:], sys.stdout.buffer))
"""


def a_source() -> ScriptedSource:
    def script(state: Sequence[Json]) -> Iterator[Json]:
        yield m.record("items", {"id": 1, "name": NOW}, NOW)
        path = Path("rows.parquet").resolve()
        pq.write_table(pa.table({"id": [2, 3], "name": ["x", "y"]}), path)
        yield m.file_record("items", path, {"rows": 2}, NOW)
        yield m.stream_state("items", {"n": 3, "before": [dict(body) for body in state]})

    return ScriptedSource(script, [ITEMS])


def answer(source: ScriptedSource, *arguments: str) -> tuple[int, list[dict[str, object]]]:
    output = io.BytesIO()
    code = serve(source, arguments, output)
    return code, [json.loads(line) for line in output.getvalue().splitlines()]


def write(path: Path, content: object) -> str:
    path.write_text(json.dumps(content))
    return str(path)


def test_a_source_of_ours_works_as_an_executable(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(MAIN.format(folder=str(Path(__file__).parent)))
    source = ExecutableSource("demo-source", [sys.executable, str(program)], scratch=tmp_path / "scratch")
    warehouse = FakeWarehouse()

    for _ in range(2):
        sync(source, config={}, warehouse=warehouse, clock=lambda: NOW, progress=QuietProgress())

    rows = warehouse.query("select id, name from raw.demo_source__items order by id").to_pylist()
    assert [tuple(row.values()) for row in rows] == [(1, "2026-11-01T12:00:00+00:00"), (2, "x"), (3, "y")]
    before = warehouse.state("demo-source")["items"]["before"]
    assert before == [
        {"type": "STREAM", "stream": {"stream_descriptor": {"name": "items"}, "stream_state": {"n": 3, "before": []}}}
    ]
    assert list((tmp_path / "scratch").iterdir()) == []


def test_it_tells_its_specification_and_catalogue(tmp_path: Path) -> None:
    config = write(tmp_path / "config.json", {})

    assert answer(a_source(), "spec")[1][0]["type"] == "SPEC"
    assert answer(a_source(), "discover", "--config", config)[1][0]["type"] == "CATALOG"
    assert answer(a_source(), "check", "--config", config) == (
        0,
        [{"type": "CONNECTION_STATUS", "connectionStatus": {"status": "SUCCEEDED"}}],
    )


def test_a_read_says_when_streams_start_and_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    staging = tmp_path / "staging"
    staging.mkdir()
    monkeypatch.setenv(STAGING_VARIABLE, str(staging))
    source = a_source()
    config = write(tmp_path / "config.json", {})
    catalog = write(tmp_path / "catalog.json", configured(source.discover({})))

    code, messages = answer(source, "read", "--config", config, "--catalog", catalog)

    assert code == 0
    assert [message["type"] for message in messages] == ["TRACE", "RECORD", "RECORD", "STATE", "TRACE"]
    assert [path.name.endswith("-rows.parquet") for path in staging.iterdir()] == [True]


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (SourceError("broken"), "system_error"),
        (TransientSourceError("broken"), "transient_error"),
        (ConfigError("broken"), "config_error"),
    ],
)
def test_errors_become_trace_messages(tmp_path: Path, error: Exception, failure: str) -> None:
    def script(state: Sequence[Json]) -> Iterator[Json]:
        yield m.log("INFO", "so far so good")
        raise error

    source = ScriptedSource(script, [ITEMS])
    config = write(tmp_path / "config.json", {})
    catalog = write(tmp_path / "catalog.json", configured(source.discover({})))

    code, messages = answer(source, "read", "--config", config, "--catalog", catalog)

    assert code == 1
    assert messages[-1]["trace"]["error"] == {  # type: ignore[index]
        "message": "broken",
        "internal_message": None,
        "failure_type": failure,
    }


@pytest.mark.parametrize("content", [None, "[]", "{"], ids=["missing", "a list", "not JSON"])
def test_a_config_that_cannot_be_read_is_a_config_error(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "config.json"
    if content is not None:
        path.write_text(content)

    code, messages = answer(a_source(), "discover", "--config", str(path))

    assert code == 1
    assert messages[0]["trace"]["error"]["failure_type"] == "config_error"  # type: ignore[index]


def test_connectors_are_known_by_name() -> None:
    registry = Registry({"oss-directory": a_source}, {"weather": ["weather-source", "--quiet"]})

    assert {"git", "github-archive", "oss-directory", "weather"} <= set(registry.names())
    assert list(registry.names()) == sorted(registry.names())
    assert isinstance(registry.source("weather"), ExecutableSource)
    assert isinstance(registry.source("oss-directory"), ScriptedSource)
    assert registry.source("git").name == "git"
    assert registry.source("github-archive").name == "github-archive"


def test_an_unknown_name_gets_the_nearest_one() -> None:
    with pytest.raises(ConfigError, match="no connector is named 'githubarchive'; did you mean 'github-archive'"):
        Registry().source("githubarchive")
