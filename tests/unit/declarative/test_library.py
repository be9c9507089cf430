from __future__ import annotations

import logging
import subprocess
import sys

import pytest
import requests

from observer.connectors.declarative.library import HttpClient
from observer.testing.upstream import Reply, Upstream


def test_a_session_that_nobody_guards_sends_nothing() -> None:
    with Upstream({"/a": Reply.json({})}) as upstream:
        session = HttpClient("anything", logging.getLogger("airbyte"))._session

        with pytest.raises(requests.exceptions.InvalidSchema):
            session.get(f"{upstream.url}/a")

        assert upstream.asked == []


def test_the_library_leaves_logging_alone() -> None:
    code = (
        "import logging; logging.basicConfig(); before = list(logging.getLogger().handlers); "
        "import observer.connectors.declarative.library; assert logging.getLogger().handlers == before"
    )

    subprocess.run([sys.executable, "-c", code], check=True)
