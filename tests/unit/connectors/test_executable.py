"""Connectors as foreign programs: those that keep to the protocol, and those that do not."""

from __future__ import annotations

import json
import os
import stat
import sys
import textwrap
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from observer.connectors.executable import ExecutableSource
from observer.connectors.host import check, discover, spec, sync
from observer.errors import ConfigError, SourceError, TransientSourceError
from observer.ports import Json
from observer.testing.source import QuietProgress
from observer.testing.warehouse import FakeWarehouse

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
CONFIG: Json = {"rows": 3}

# A well-behaved connector written without any of our code, with a hole for the body of `read`.
PROGRAM = """
import json, os, sys, time
verb, options = sys.argv[1], dict(zip(sys.argv[2::2], sys.argv[3::2]))
load = lambda name: json.load(open(options["--" + name]))
def say(kind, **body):
    name = "connectionStatus" if kind == "CONNECTION_STATUS" else kind.lower()
    print(json.dumps({"type": kind, name: body}), flush=True)
def row(**data): say("RECORD", stream="items", data=data, emitted_at=0)
def state(n): say("STATE", type="STREAM", stream={"stream_descriptor": {"name": "items"}, "stream_state": {"n": n}})
SCHEMA = {"type": "object", "properties": {"id": {"type": "integer"}, "name": {"type": "string"}}}
if verb == "spec":
    rows = {"rows": {"type": "integer"}}
    say("SPEC", connectionSpecification={"type": "object", "required": ["rows"], "properties": rows})
elif verb == "check":
    good = load("config")["rows"] > 0
    say("CONNECTION_STATUS", status="SUCCEEDED" if good else "FAILED", message="" if good else "no rows there")
elif verb == "discover":
    modes = ["full_refresh", "incremental"]
    say("CATALOG", streams=[{"name": "items", "json_schema": SCHEMA, "supported_sync_modes": modes,
        "source_defined_primary_key": [["id"]]}])
elif verb == "read":
    names = [stream["stream"]["name"] for stream in load("catalog")["streams"]]
    begin = load("state")[0]["stream"]["stream_state"]["n"] if "--state" in options else 0
    @READ@
"""
GOOD = """
for n in range(begin, begin + load("config")["rows"]):
    row(id=n, name=names[0])
state(begin + load("config")["rows"])
"""

Make = Callable[..., ExecutableSource]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Makes a source of the program with another body of `read`."""

    def build(body: str = GOOD, *, heartbeat: float = 20.0) -> ExecutableSource:
        program = tmp_path / "program.py"
        program.write_text(PROGRAM.replace("@READ@", textwrap.indent(textwrap.dedent(body), "    ").strip()))
        scratch = tmp_path / "scratch"
        return ExecutableSource(
            "demo-source", [sys.executable, str(program)], heartbeat_seconds=heartbeat, scratch=scratch
        )

    return build


def run(source: ExecutableSource, warehouse: FakeWarehouse) -> None:
    sync(
        source,
        config=CONFIG,
        warehouse=warehouse,
        clock=lambda: NOW,
        progress=QuietProgress(),
        sleep=lambda seconds: None,
    )


def ids(warehouse: FakeWarehouse) -> list[int]:
    rows = warehouse.query("select id from raw.demo_source__items order by id").to_pylist()
    return [int(row["id"]) for row in rows]


def test_it_answers_what_it_is_asked(make: Make) -> None:
    source = make()

    check(source, CONFIG)

    assert spec(source)["connectionSpecification"]["required"] == ["rows"]  # type: ignore[index]
    assert discover(source, CONFIG)["streams"][0]["name"] == "items"  # type: ignore[index]


def test_a_failed_check_gives_its_reason(make: Make) -> None:
    with pytest.raises(SourceError, match="demo-source: no rows there"):
        check(make(), {"rows": 0})


def test_syncs_go_on_from_its_state(make: Make) -> None:
    warehouse = FakeWarehouse()

    run(make(), warehouse)
    run(make(), warehouse)

    assert ids(warehouse) == [0, 1, 2, 3, 4, 5]
    assert warehouse.state("demo-source") == {"items": {"n": 6}}


def test_lines_that_are_no_messages_are_logged_or_quarantined(make: Make, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    warehouse = FakeWarehouse()
    body = """
    print("hello from a library")
    print("warning on the other output", file=sys.stderr, flush=True)
    print('{"type": "RECORD", "record": {"stream": "items", "data": {"id": NaN}}}')
    print('{"type": "RECORD", "record": {"cut o')
    print('{"a":' * 5000 + '1' + '}' * 5000)
    sys.stdout.flush()
    sys.stdout.buffer.write(b'{"type": "RECORD", "bad utf-8": "\\xff"}\\n')
    print('[1, 2]'); print(); print('{"no": "type"}')
    row(id=1)
    """

    run(make(body), warehouse)

    rows = warehouse.query("select file, line, reason from raw.quarantine").to_pylist()
    assert ids(warehouse) == [1]
    assert len(rows) == 4
    assert {row["file"] for row in rows} == {"demo-source"}
    assert "hello from a library" in caplog.text
    assert "warning on the other output" in caplog.text


def test_its_environment_is_empty_and_its_files_are_private_and_removed(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_THE_HOST", "x")
    found = tmp_path / "found.json"
    body = f"""
    files = {{name: [path, oct(os.stat(path).st_mode), os.path.dirname(path)] for name, path in options.items()}}
    json.dump({{"environment": dict(os.environ), "files": files, "cwd": os.getcwd()}}, open({str(found)!r}, "w"))
    row(id=1)
    """

    run(make(body), FakeWarehouse())

    facts = json.loads(found.read_text())
    assert set(facts["environment"]) <= {"PATH", "HOME", "TMPDIR", "AIRBYTE_STAGING_DIRECTORY", "LC_CTYPE"}
    assert facts["environment"]["PATH"] == os.environ["PATH"]
    for path, mode, folder in facts["files"].values():
        assert stat.S_IMODE(int(mode, 8)) == 0o600
        assert folder == facts["cwd"]
        assert not Path(path).exists()
    assert list((tmp_path / "scratch").iterdir()) == []


def test_an_exit_code_is_an_error_with_its_last_words(make: Make) -> None:
    warehouse = FakeWarehouse()
    body = "row(id=1); state(1); row(id=2); print('no disk', file=sys.stderr, flush=True); time.sleep(0.2); sys.exit(3)"

    with pytest.raises(SourceError, match="`read` ended with exit code 3"):
        run(make(body), warehouse)

    assert warehouse.state("demo-source") == {"items": {"n": 1}}


@pytest.mark.parametrize(
    ("failure", "kind"),
    [("config_error", ConfigError), ("transient_error", TransientSourceError), ("system_error", SourceError)],
)
def test_its_error_message_counts_more_than_its_exit_code(make: Make, failure: str, kind: type[Exception]) -> None:
    body = f"""
    say("TRACE", type="ERROR", emitted_at=0, error={{"message": "it broke", "failure_type": "{failure}"}})
    sys.exit(1)
    """

    with pytest.raises(kind, match="demo-source: it broke") as caught:
        run(make(body), FakeWarehouse())

    assert type(caught.value) is kind


def test_a_line_without_end_is_cut_off(make: Make) -> None:
    body = """
    row(id=1); state(1)
    while True:
        sys.stdout.write("x" * 1_000_000)
    """

    with pytest.raises(SourceError, match="a line of more than 10 MB"):
        run(make(body), FakeWarehouse())


def test_silence_is_ended_by_the_heartbeat(make: Make, tmp_path: Path) -> None:
    warehouse = FakeWarehouse()
    note = tmp_path / "pid"
    body = f"""
    import subprocess
    child = subprocess.Popen(["sleep", "600"])
    open({str(note)!r}, "w").write(f"{{os.getpid()}} {{child.pid}}")
    row(id=1); state(1)
    time.sleep(600)
    """
    source = make(body, heartbeat=1.5)

    with pytest.raises(TransientSourceError, match=r"said nothing for 1\.5 seconds"):
        list(source.read(CONFIG, {"streams": [{"stream": {"name": "items"}}]}, []))

    assert all(_is_gone(int(pid)) for pid in note.read_text().split())
    assert warehouse.state("demo-source") == {}


def test_a_reader_that_takes_its_time_is_not_taken_for_silence(make: Make) -> None:
    body = "row(id=1); time.sleep(0.1); row(id=2)"

    messages = []
    for message in make(body, heartbeat=0.9).read(CONFIG, {"streams": [{"stream": {"name": "items"}}]}, []):
        messages.append(message)
        time.sleep(1.0)

    assert len(messages) == 2


def test_half_a_file_of_messages_is_not_a_whole_sync(make: Make) -> None:
    warehouse = FakeWarehouse()
    body = """
    status = {"stream_descriptor": {"name": "items"}, "status": "STARTED"}
    say("TRACE", type="STREAM_STATUS", emitted_at=0, stream_status=status)
    row(id=1); state(1); row(id=2)
    """

    with pytest.raises(SourceError, match="ended before the stream items was complete"):
        run(make(body), warehouse)

    assert warehouse.state("demo-source") == {"items": {"n": 1}}


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../../program.py", "staging/../config.json", "relative.parquet", ""], ids=repr
)
def test_files_outside_its_staging_folder_are_not_touched(make: Make, path: str) -> None:
    body = f"""
    place = {path!r} if {path!r}.startswith("/") else os.path.join(os.getcwd(), {path!r})
    say("RECORD", stream="items", data={{}}, emitted_at=0, file_reference={{"staging_file_url": place}})
    """

    with pytest.raises(SourceError, match="outside its staging folder"):
        run(make(body), FakeWarehouse())

    assert Path("/etc/passwd").exists()


def test_a_program_that_is_not_there_is_named() -> None:
    with pytest.raises(SourceError, match="cannot start no-such-program: No such file"):
        ExecutableSource("demo-source", ["no-such-program"]).spec()


def test_a_command_is_needed() -> None:
    with pytest.raises(ConfigError, match="needs a command"):
        ExecutableSource("demo-source", [])


def test_a_program_that_answers_something_else_is_refused() -> None:
    with pytest.raises(SourceError, match="`spec` gave no SPEC message"):
        ExecutableSource("demo-source", ["echo", '{"type": "LOG"}']).spec()


def _is_gone(pid: int) -> bool:
    for _ in range(100):
        try:
            if Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.02)
    return False
