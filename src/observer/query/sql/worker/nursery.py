"""The process that workers are forked from: `python -m observer.query.sql.worker.nursery FD`.

It has read the libraries and never opened a database, so that a worker is there in milliseconds and shares its
memory. Each order brings one end of a socket that the new worker talks over.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import pkgutil
import signal
import socket
import sys

import sqlglot.optimizer

from observer.query.sql.question import Dialect
from observer.query.sql.worker import serve
from observer.query.sql.worker.translate import translate
from observer.sandbox.confine import die_with_parent

_LONGEST = 4096
_IMPORTED_BY_DUCKDB = ("numpy", "pandas", "pytz")
_EXAMPLE = "select date_add('day', 1, a), sum(a) over (order by b), l[1], cast(c as date) from t order by 1 limit 2"


def main(descriptor: int) -> None:
    """Forks a worker for each order, until the API ends."""
    die_with_parent()
    # Nobody waits for workers: the kernel forgets them when they end.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _read_ahead()
    with socket.socket(fileno=descriptor) as orders:
        while True:
            text, descriptors, _, _ = socket.recv_fds(orders, _LONGEST, 1)
            if not text or not descriptors:
                return
            order = json.loads(text)
            (channel,) = descriptors
            pid = os.fork()
            if pid == 0:
                orders.close()
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                serve.main(channel, order["folder"], order["memory"], order["nice"])
            os.close(channel)
            orders.sendall(json.dumps({"pid": pid}).encode("ascii") + b"\n")


def _read_ahead() -> None:
    """Imports what the libraries would import later, where files are closed to them."""
    for name in _IMPORTED_BY_DUCKDB:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    for module in pkgutil.iter_modules(sqlglot.optimizer.__path__, "sqlglot.optimizer."):
        importlib.import_module(module.name)
    for dialect in Dialect:
        translate(_EXAMPLE, dialect)


if __name__ == "__main__":
    main(int(sys.argv[1]))
