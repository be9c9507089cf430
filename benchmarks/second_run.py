"""A second `observer run` with nothing new against the first one, on the demo world: CPU of the whole process tree.

Equality: both runs leave the same release. Pass mark: the second takes at most a third of the first's CPU.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

from observer.testing.demo import demo_config, generate

END = date(2026, 11, 15)


def main() -> int:
    """Prints CPU seconds of both runs and their ratio; 1 if the releases differ."""
    with tempfile.TemporaryDirectory(prefix="observer-bench-") as name:
        folder = Path(name)
        world = generate(folder / "world", end=END, days=210, days_a_file=7)
        _configure(folder, demo_config(world.paths.folder))
        first, second = _run(folder), _run(folder)
        releases = json.loads(_observer(folder, "releases", "list", "--json"))
    print(f"first run   {first:6.2f} CPU s")
    print(f"second run  {second:6.2f} CPU s")
    print(f"ratio       {second / first:6.3f}  (mark 0.333)")
    if len(releases) != 1:
        print(f"not equal: {len(releases)} releases after two runs of the same data")
        return 1
    return 0


def _configure(folder: Path, config: dict[str, dict[str, object]]) -> None:
    rewrites = config["git"]["url_rewrites"]
    assert isinstance(rewrites, dict)
    pairs = ", ".join(f'"{old}" = "{new}"' for old, new in rewrites.items())
    (folder / "observer.toml").write_text(
        f'[directory]\nlocation = "{config["oss-directory"]["location"]}"\n'
        f'[build]\nas_of = "{END}"\n[connectors.git]\nurl_rewrites = {{{pairs}}}\n'
        f'[connectors.github-archive]\nlocation = "{config["github-archive"]["location"]}"\n',
        encoding="utf-8",
    )


def _run(folder: Path) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    _observer(folder, "run")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)


def _observer(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "observer.cli.main", *arguments],
        cwd=folder,
        env={**os.environ, "OBSERVER_CLOCK_NOW": "2026-11-16T06:00:00Z"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"observer {' '.join(arguments)} failed:\n{done.stderr}")
    return done.stdout
