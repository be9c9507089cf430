"""Unmodified pyoso of any version, in a folder and a process of its own, beside the libraries of the tests."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
VERSIONS = ("0.4.0", "0.5.2", "0.6.6", "0.8.1", "0.9.1", "0.10.0")
MARIMO = "marimo==0.25.2"
SCRIPT = """
import json, sys
from pyoso import Client
from pyoso.client import ClientConfig
client = Client("any", ClientConfig(base_url=sys.argv[1]))
for query in json.load(sys.stdin):
    try:
        frame = client.to_pandas(query)
        rows = json.loads(frame.to_json(orient="values"))
        print(json.dumps({"columns": list(frame.columns), "rows": rows}))
    except Exception as error:
        print(json.dumps({"error": str(error), "kind": type(error).__name__}))
"""


def installed(*requirements: str, whole: Sequence[str] = ()) -> Path:
    """A folder with packages and nothing that they depend on, kept beside the tests' own packages.

    Those named in `whole` come with all that they depend on.
    """
    folder = ROOT / ".venv" / "clients" / "-".join(sorted([*requirements, *whole])).replace("=", "")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / ".complete").exists():
            _install(folder, requirements, "--no-deps")
            _install(folder, whole)
            (folder / ".complete").touch()
    return folder


def _install(folder: Path, names: Sequence[str], *options: str) -> None:
    if not names:
        return
    uv = Path(sys.executable).with_name("uv")
    command = [str(uv), "pip", "install", "--quiet", "--target", str(folder), *options, *names]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"{' '.join(names)} cannot be installed: {done.stderr[-300:]}")


def run_in(folder: Path, script: str, url: str, given: object = None) -> str:
    """What a script prints that sees the packages of a folder."""
    environment = {**os.environ, "PYTHONPATH": str(folder), "OSO_API_KEY": "any", "ARTIO_API_KEY": "any"}
    done = subprocess.run(
        [sys.executable, "-c", script, url],
        input=json.dumps(given),
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def ask(version: str, url: str, queries: Sequence[str]) -> list[dict[str, Any]]:
    """What `to_pandas` gives for each query: columns and rows, or the error as it is printed."""
    printed = run_in(installed(f"pyoso=={version}"), SCRIPT, url, list(queries))
    return [json.loads(line) for line in printed.splitlines() if line.startswith("{")]
