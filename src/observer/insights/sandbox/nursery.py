"""The process that runs are forked from: `python -m observer.insights.sandbox.nursery FD FOLDER`.

It has imported what notebooks import and run none of their code, so that a run starts in milliseconds in a clean
process. Each order brings two connections: to the API, and for the answer.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any

from observer.client.pipe import write_message
from observer.insights.sandbox.cells import open_shell, prepare, run_cell
from observer.project import CHECKOUT
from observer.sandbox.confine import Room, die_with_parent, enter

_LONGEST = 1 << 16
_AHEAD = ("numpy", "pandas", "matplotlib.pyplot", "networkx", "observer.client", "observer.visualizations")
_SYSTEM = ("/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/localtime", "/dev/null", "/dev/urandom", "/dev/zero")


def main(descriptor: int, folder: Path) -> None:
    """Forks a process for each order, until whoever started this one ends."""
    die_with_parent()
    # Nobody waits for runs: the kernel forgets them when they end.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for name in _AHEAD:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    shell = open_shell(folder)
    run_cell(shell, "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()\ndel plt\n1")
    with socket.socket(fileno=descriptor) as orders:
        orders.sendall(b"ready\n")
        while True:
            text, descriptors, _, _ = socket.recv_fds(orders, _LONGEST, 2)
            if not text or len(descriptors) != 2:
                return
            pid = os.fork()
            if pid == 0:
                orders.close()
                _run(shell, json.loads(text), *descriptors)
            for given in descriptors:
                os.close(given)
            orders.sendall(f"{pid}\n".encode("ascii"))


def _run(shell: Any, order: dict[str, Any], api: int, answer: int) -> None:
    """The life of one run; never returns."""
    try:
        die_with_parent()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        null = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(null, standard)
        folder, limits = Path(order["folder"]), order["limits"]
        cells = json.loads(Path(order["cells"]).read_text(encoding="utf-8"))
        layers = enter(
            Room(
                readable=readable_folders(),
                memory=limits["memory"],
                is_listed=True,
                writable=folder,
                file_bytes=limits["file_bytes"],
                open_files=256,
                cpu_seconds=limits["cpu_seconds"],
            )
        )
        write_message(answer, {"layers": layers})
        if all(layers.values()):
            prepare(folder, api)
            _run_cells(shell, cells, answer)
    finally:
        os._exit(0)


def _run_cells(shell: Any, cells: list[dict[str, Any]], answer: int) -> None:
    for cell in cells:
        outputs, error = run_cell(shell, cell["source"])
        try:
            text = json.dumps(outputs, default=str).encode("utf-8")
        except (TypeError, ValueError):
            text, error = b"[]", error or "the outputs of the cell cannot be written as JSON"
        write_message(answer, {"cell": cell["number"], "error": error}, text)
        if error:
            return
    write_message(answer, {"end": True})


def readable_folders() -> tuple[Path, ...]:
    """Where Python, its packages and this code are, and what the dynamic linker reads: nothing of anybody's own."""
    source = Path(__file__).resolve().parents[2]
    # The library itself holds the charts that notebooks draw with.
    library = CHECKOUT / "insights"
    places = [*map(Path, _SYSTEM), Path(sys.prefix), Path(sys.base_prefix), source, library]
    return tuple(dict.fromkeys(place.resolve() for place in places if place.exists()))


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
