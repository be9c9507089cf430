"""A server for the benchmark of the API: `_api_server POSTGRES_URL RELEASES PORT [fresh]`; `fresh` keeps no answer."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import uvicorn

from observer.kept_answers import KeptAnswers
from observer.query.read_model import ReadModel
from observer.query.sql.cache import AnswerCache
from observer.server import create_app
from observer.web.app import WebSettings


def main(url: str, releases: str, port: str, *mode: str) -> None:
    if "fresh" in mode:
        KeptAnswers.keep = lambda self, key, answer: None  # type: ignore[method-assign]
        AnswerCache.put = lambda self, key, answer: None  # type: ignore[method-assign]
    settings = WebSettings(title="Benchmark", now=lambda: datetime(2024, 4, 1, tzinfo=UTC), code_version="benchmark")
    app = create_app(ReadModel(url, Path(releases)), settings)
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(port),
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
