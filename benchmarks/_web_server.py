"""A server for the benchmark of the website: `_web_server POSTGRES_URL RELEASES PORT MODE FLOOR`.

MODE `fresh` keeps no page, `kept` keeps them. Files of the folder FLOOR are served below /floor by the same server, as
they are: the least that an answer of so many bytes costs.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import uvicorn
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from observer.kept_answers import KeptAnswers
from observer.query.read_model import ReadModel
from observer.server import create_app
from observer.web.app import WebSettings


def main(url: str, releases: str, port: str, mode: str, floor: str) -> None:
    if mode == "fresh":
        KeptAnswers.keep = lambda self, key, answer: None  # type: ignore[method-assign]
    settings = WebSettings(title="Benchmark", now=lambda: datetime(2024, 4, 1, tzinfo=UTC), code_version="benchmark")
    app = create_app(ReadModel(url, Path(releases)), settings)
    app.router.routes.insert(0, Mount("/floor", StaticFiles(directory=floor)))
    uvicorn.run(app, host="127.0.0.1", port=int(port), log_level="warning", access_log=False, server_header=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
