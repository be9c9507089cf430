"""Hostile notebooks: each tries one thing, says `done` where it worked, and must not have done it."""

from __future__ import annotations

import os
import socket
import threading
import time
from pathlib import Path

import pytest
from tests.unit.insights.conftest import EchoApi

from observer.insights.sandbox.job import Cell, Job, Limits, Outcome
from observer.insights.sandbox.process import Sandbox

LIMITS = Limits(memory=1024**3, cpu_seconds=10, wall_seconds=20, file_bytes=1024**2, folder_bytes=4 * 1024**2)


def run(sandbox: Sandbox, folder: Path, *cells: str, limits: Limits = LIMITS) -> Outcome:
    return sandbox.run(Job("test", [Cell(n, text) for n, text in enumerate(cells)], folder, limits))


def printed(outcome: Outcome, cell: int = 0) -> str:
    return "".join(o["text"] for o in outcome.outputs.get(cell, []) if o["output_type"] == "stream")


def test_cells_run_in_order_and_show_text_tables_and_figures(sandbox: Sandbox, tmp_path: Path) -> None:
    outcome = run(
        sandbox,
        tmp_path,
        "import pandas as pd\nframe = pd.DataFrame({'a': [1, 2]})\nprint(frame.a.sum())",
        "frame",
        "import matplotlib.pyplot as plt\nplt.plot(frame.a)",
        "frame.to_csv('out/result.csv', index=False)\n1 / 0",
        "print('never')",
    )

    assert printed(outcome) == "3\n"
    assert "<table" in outcome.outputs[1][0]["data"]["text/html"]
    assert [sorted(o["data"]) for o in outcome.outputs[2] if "image/png" in o["data"]]
    assert (outcome.error, outcome.cell) == ("ZeroDivisionError: division by zero", 3)
    assert 4 not in outcome.outputs
    assert (tmp_path / "out" / "result.csv").read_text() == "a\n1\n2\n"
    assert all(outcome.layers.values())


def test_the_client_asks_the_observatory_with_the_lines_that_ask_a_remote_one(
    sandbox: Sandbox, api: EchoApi, tmp_path: Path
) -> None:
    outcome = run(
        sandbox,
        tmp_path,
        "from observer.client import Client\n"
        "with Client() as observatory:\n"
        "    table = observatory.sql('select 1 as a')\n"
        "    print(table.rows, table.release, observatory.rest('coverage', entity='project/x')['target'])",
    )

    assert outcome.error is None
    assert printed(outcome) == "((1,),) 7 /api/v1/coverage?entity=project%2Fx\n"
    assert api.asked[-2:] == ["POST /api/v1/sql", "GET /api/v1/coverage?entity=project%2Fx"]


def test_each_run_starts_clean(sandbox: Sandbox, tmp_path: Path) -> None:
    run(sandbox, tmp_path, "import pandas\nleft = 1\npandas.left = 2")

    outcome = run(sandbox, tmp_path, "import pandas\nprint('left' in globals(), hasattr(pandas, 'left'))")

    assert printed(outcome) == "False False\n"


def _listener() -> tuple[socket.socket, list[object]]:
    server = socket.create_server(("127.0.0.1", 0))
    reached: list[object] = []

    def accept() -> None:
        try:
            reached.append(server.accept())
        except OSError:
            return

    threading.Thread(target=accept, daemon=True).start()
    return server, reached


def test_the_network_is_not_reached(sandbox: Sandbox, tmp_path: Path) -> None:
    server, reached = _listener()
    port = server.getsockname()[1]
    ways = (
        f"import socket\nsocket.create_connection(('127.0.0.1', {port}), timeout=2)\nprint('done')",
        f"import urllib.request\nurllib.request.urlopen('http://127.0.0.1:{port}', timeout=2)\nprint('done')",
        "import socket\nsocket.socket(socket.AF_UNIX)\nprint('done')",
        "import ctypes\nassert ctypes.CDLL(None).socket(2, 1, 0) >= 0\nprint('done')",
        "import os\nassert os.system('true') == 0\nprint('done')",
    )

    outcomes = [run(sandbox, tmp_path, way) for way in ways]
    server.close()

    assert all(outcome.error for outcome in outcomes)
    assert not any("done" in printed(outcome) for outcome in outcomes)
    assert not reached


@pytest.mark.parametrize(
    "way",
    [
        "open({outside!r}, 'w').write('x')",
        "import os\nos.rename({secret!r}, {outside!r})",
        "import os\nos.unlink({secret!r})",
        "import os\nos.chmod({secret!r}, 0o777)",
        "import os\nos.symlink({secret!r}, 'link')\nopen('link').read()",
        "import os\nos.link({secret!r}, 'link')\nopen('link').read()",
        "open({secret!r}).read()",
        "open('/etc/passwd').read()",
        "import os\nos.listdir({folder!r})",
        "open('/proc/1/environ').read()",
        "open('/proc/self/mem', 'r+b')",
    ],
    ids=lambda way: way.split("\n")[-1][:24],
)
def test_files_of_others_are_neither_read_nor_changed(sandbox: Sandbox, tmp_path: Path, way: str) -> None:
    secret, outside, work = tmp_path / "secret", tmp_path / "outside", tmp_path / "work"
    secret.write_text("secret")
    mode = secret.stat().st_mode
    work.mkdir()

    text = way.format(secret=str(secret), outside=str(outside), folder=str(tmp_path)) + "\nprint('done')"
    outcome = run(sandbox, work, text)

    assert outcome.error is not None
    assert "done" not in printed(outcome)
    assert secret.read_text() == "secret" and secret.stat().st_mode == mode and not outside.exists()


def test_the_environment_holds_no_secret(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANARY", "secret")
    with Sandbox(EchoApi()) as fresh:
        outcome = run(fresh, tmp_path, "import os\nprint(sorted(os.environ))")

    assert "CANARY" not in printed(outcome) and "HOME" in printed(outcome)


def test_a_fork_bomb_makes_no_process(sandbox: Sandbox, tmp_path: Path) -> None:
    outcome = run(sandbox, tmp_path, "import os\nwhile True:\n    os.fork()")

    assert outcome.error == "PermissionError: [Errno 1] Operation not permitted"


def test_other_processes_get_no_signal(sandbox: Sandbox, tmp_path: Path) -> None:
    outcome = run(sandbox, tmp_path, f"import os\nos.kill({os.getpid()}, 9)")

    assert outcome.error == "PermissionError: [Errno 1] Operation not permitted"


def test_memory_ends_at_the_limit(sandbox: Sandbox, tmp_path: Path) -> None:
    outcome = run(sandbox, tmp_path, "held = []\nwhile True:\n    held.append(bytearray(1 << 26))")

    assert outcome.error is not None and ("MemoryError" in outcome.error or "1024 MB" in outcome.error)


def test_an_endless_loop_is_ended_by_the_limit_of_the_processor(sandbox: Sandbox, tmp_path: Path) -> None:
    limits = Limits(cpu_seconds=1, wall_seconds=20)

    outcome = run(sandbox, tmp_path, "while True:\n    pass", limits=limits)

    assert outcome.error is not None and "1 seconds of the processor" in outcome.error


def test_sleeping_is_ended_by_the_clock(sandbox: Sandbox, tmp_path: Path) -> None:
    started = time.monotonic()

    outcome = run(sandbox, tmp_path, "import time\ntime.sleep(600)", limits=Limits(wall_seconds=1))

    assert outcome.error == "it ran longer than 1 seconds; compute less, or ask for less data"
    assert time.monotonic() - started < 15


def test_files_and_outputs_end_at_their_limits(sandbox: Sandbox, tmp_path: Path) -> None:
    large = run(sandbox, tmp_path, "import signal\nopen('big', 'wb').write(bytes(1 << 24))")
    many = run(
        sandbox,
        tmp_path,
        "import time\nfor n in range(10**6):\n    open(f'f{n}', 'wb').write(bytes(1 << 19))\n    time.sleep(0.01)",
    )
    loud = run(
        sandbox,
        tmp_path,
        "from IPython.display import display, HTML\ndisplay(HTML('x' * 2_000_000))",
        limits=Limits(answer_bytes=1_000_000),
    )

    assert large.error is not None and (tmp_path / "big").stat().st_size <= LIMITS.file_bytes
    assert many.error == "it wrote more than 4 MB of files; export less"
    assert loud.error == "the outputs are larger than 0 MB; show less"


def test_what_is_no_question_for_reading_is_refused(sandbox: Sandbox, api: EchoApi, tmp_path: Path) -> None:
    before = len(api.asked)

    outcome = run(
        sandbox,
        tmp_path,
        "import httpx, os\nfrom observer.client.pipe import PipeTransport\n"
        "http = httpx.Client(transport=PipeTransport(os.environ['OBSERVER_URL']), base_url='http://x')\n"
        "print([http.post('/account/keys').status_code, http.get('/metrics').status_code,"
        " http.get('/api/v1/../../account').status_code, http.delete('/api/v1/projects').status_code])",
    )

    assert printed(outcome) == "[403, 403, 403, 403]\n"
    assert len(api.asked) == before


def test_garbage_on_the_channels_ends_the_run_alone(sandbox: Sandbox, tmp_path: Path) -> None:
    text = (
        "import os, contextlib\nfor fd in range(3, 60):\n"
        "    with contextlib.suppress(OSError):\n        os.write(fd, bytes(64) + b'{]')"
    )

    outcome = run(sandbox, tmp_path, text, limits=Limits(wall_seconds=5))

    assert outcome.error is not None
    assert printed(run(sandbox, tmp_path, "print('still here')")) == "still here\n"
