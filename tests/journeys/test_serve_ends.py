"""A server that is told to end, as by systemd or Docker, cleans up after itself."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.journeys.conftest import OBSERVER, environment_of, free_port, wait_for


def test_a_server_that_is_told_to_end_leaves_what_it_started(demo_folder: Path) -> None:
    port = free_port()
    process = subprocess.Popen([*OBSERVER, "serve", "--port", str(port)], cwd=demo_folder, env=dict(environment_of()))
    wait_for(f"http://127.0.0.1:{port}", process)

    process.terminate()

    # 143 is what its own handler says, after the database server was left; -15 were the signal's.
    assert process.wait(60) == 143
