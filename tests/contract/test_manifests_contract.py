"""Every manifest of the folder runs as it is, under the Airbyte library's command and under our own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from observer.connectors.declarative.source import DeclarativeSource
from observer.testing.connector_suite import run, tables
from observer.testing.upstream import Upstream
from observer.testing.warehouse import FakeWarehouse

ROOT = Path(__file__).resolve().parents[2]
CONNECTORS = ROOT / "connectors"
MANIFESTS = sorted(path.parent.name for path in CONNECTORS.glob("*/manifest.yaml"))
TRANSPORT = {"private_hosts": ["127.0.0.1"]}


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream() as server:
        yield server


@pytest.fixture(params=MANIFESTS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def config(name: str, upstream: Upstream) -> dict[str, Any]:
    """The config that goes with the samples, with every address that it takes being the upstream's."""
    samples = CONNECTORS / name / "samples"
    upstream.play(samples)
    own = samples / "config.json"
    assert own.is_file(), f"{own.relative_to(ROOT)} gives the config under which the samples answer"
    properties: Any = DeclarativeSource(name, CONNECTORS / name).spec()["connectionSpecification"]
    urls = {key: upstream.url for key in properties["properties"] if key.endswith("_url")}
    return {**urls, **json.loads(own.read_text())}


def _files(folder: Path, config: dict[str, Any], catalog: Any = None) -> list[str]:
    (folder / "config.json").write_text(json.dumps(config))
    if catalog is None:
        return ["--config", str(folder / "config.json")]
    modes = {"sync_mode": "full_refresh", "destination_sync_mode": "overwrite"}
    streams = [{"stream": stream, **modes} for stream in catalog["streams"]]
    (folder / "catalog.json").write_text(json.dumps({"streams": streams}))
    return ["--config", str(folder / "config.json"), "--catalog", str(folder / "catalog.json")]


def _counts(output: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    for line in output.splitlines():
        message = json.loads(line) if line.startswith("{") else {}
        if message.get("type") == "RECORD":
            stream = message["record"]["stream"]
            counts[stream] = counts.get(stream, 0) + 1
    return counts


def _expected(name: str, config: dict[str, Any], folder: Path) -> tuple[Any, dict[str, int]]:
    source = DeclarativeSource(name, CONNECTORS / name, cache_dir=folder / "http")
    own = {**config, "transport": TRANSPORT}
    warehouse = FakeWarehouse()
    run(source, own, warehouse)
    catalog: Any = source.discover(own)
    ours = tables(warehouse, name, [str(stream["name"]) for stream in catalog["streams"]])
    return catalog, {stream: len(rows) for stream, rows in ours.items() if rows}


def test_the_manifest_runs_under_the_airbyte_command_as_it_is(
    name: str, config: dict[str, Any], upstream: Upstream, tmp_path: Path
) -> None:
    catalog, expected = _expected(name, config, tmp_path)

    done = subprocess.run(
        [
            str(Path(sys.executable).with_name("source-declarative-manifest")),
            *("read", *_files(tmp_path, config, catalog)),
            *("--manifest-path", str(CONNECTORS / name / "manifest.yaml")),
        ],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )

    assert done.returncode == 0, done.stdout[-2000:]
    assert upstream.misses == []
    assert expected
    assert _counts(done.stdout) == expected


@pytest.mark.slow
def test_the_manifest_runs_as_a_source_of_ours_on_any_airbyte_platform(
    name: str, config: dict[str, Any], tmp_path: Path
) -> None:
    catalog, expected = _expected(name, config, tmp_path)
    own = {**config, "transport": TRANSPORT}
    command = [sys.executable, "-m", "observer.connectors", name]
    options: dict[str, Any] = {"capture_output": True, "text": True, "timeout": 180, "check": False, "cwd": ROOT}

    read = subprocess.run([*command, "read", *_files(tmp_path, own, catalog)], **options)

    assert read.returncode == 0, read.stdout[-2000:] + read.stderr[-2000:]
    assert _counts(read.stdout) == expected


def test_our_own_entry_point_names_manifests_and_answers_in_the_protocol(tmp_path: Path) -> None:
    options: dict[str, Any] = {"capture_output": True, "text": True, "timeout": 60, "check": False}
    command = [sys.executable, "-m", "observer.connectors"]

    unnamed = subprocess.run(command, cwd=ROOT, **options)
    spec = subprocess.run([*command, "--connectors", str(CONNECTORS), "npm", "spec"], cwd=tmp_path, **options)
    unknown = subprocess.run([*command, "nmp", "spec"], cwd=ROOT, **options)

    assert unnamed.returncode == 2
    assert set(MANIFESTS) <= set(unnamed.stderr.split("{", 1)[1].split("}", 1)[0].split(","))
    assert json.loads(spec.stdout)["spec"]["connectionSpecification"]["title"] == "npm"
    assert unknown.returncode == 2
    assert "npm" in unknown.stderr
