"""The MCP server with the SDK's own client, over standard input and output and over HTTP."""

from __future__ import annotations

import asyncio
import os
import sys
import urllib.request
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters

from observer.mcp_server import build_server
from observer.testing.served import served

Use = Callable[[Client], Awaitable[Any]]


@pytest.fixture(params=["stdio", "http"])
def use(request: pytest.FixtureRequest, observatory_url: str, tmp_path: Path) -> Callable[[Use], Any]:
    """Runs a block with a client that is connected over one of the transports."""
    if request.param == "http":
        app = build_server(observatory_url).streamable_http_app(stateless_http=True, json_response=True)
        server = served(app)
        target: Any = f"{server.__enter__()}/mcp"
        request.addfinalizer(lambda: server.__exit__(None, None, None))
    else:
        environment = {**os.environ, "OBSERVER_URL": observatory_url}
        command = ["-m", "observer.cli.main", "mcp"]
        target = StdioServerParameters(command=sys.executable, args=command, env=environment, cwd=str(tmp_path))

    def run(block: Use) -> Any:
        async def connected() -> Any:
            async with Client(target) as client:
                return await block(client)

        return asyncio.run(asyncio.wait_for(connected(), 120))

    return run


def test_every_tool_is_typed_and_every_answer_cites_release_and_question(use: Callable[[Use], Any]) -> None:
    async def block(client: Client) -> dict[str, Any]:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        calls = {
            "search": {"text": "latice"},
            "describe": {"name": "project/lattice"},
            "metrics": {},
            "series": {"metric": "stars", "entity": "project/quill", "grain": "day", "start": "2024-02-01"},
            "explain": {"metric": "commits", "entity": "project/lattice"},
            "tables": {"name": "projects"},
            "sql": {"query": "select count(*) as projects from projects"},
        }
        answers = {name: await client.call_tool(name, arguments) for name, arguments in calls.items()}
        return {"tools": tools, "answers": answers}

    found = use(block)

    assert set(found["tools"]) == set(found["answers"])
    for name, tool in found["tools"].items():
        assert tool.annotations.read_only_hint, name
        assert {"release", "query"} <= set(tool.output_schema["required"]), name
    for name, answer in found["answers"].items():
        assert not answer.is_error, (name, answer.content)
        assert answer.structured_content["release"] == 1, name
        assert answer.structured_content["as_of"] == "2024-03-31", name
        if name == "sql":
            continue
        with urllib.request.urlopen(answer.structured_content["query"], timeout=30) as told:
            assert told.status == 200, "the cited address answers"
    assert found["answers"]["search"].structured_content["data"][0]["entity"]["name"] == "lattice"
    rows = found["answers"]["sql"].structured_content
    assert (rows["columns"], rows["rows"], rows["is_cut"]) == (["projects"], [[3]], False)
    points = found["answers"]["series"].structured_content["points"]
    assert {"unknown", "zero"} <= {point["state"] for point in points}
    assert all((point["amount"] is None) == (point["state"] == "unknown") for point in points)


def test_what_cannot_be_answered_is_the_tools_error_in_the_servers_words(use: Callable[[Use], Any]) -> None:
    async def block(client: Client) -> list[Any]:
        return [
            await client.call_tool("series", {"metric": "commits", "entity": "project/nothing"}),
            await client.call_tool("describe", {"name": "nothing"}),
        ]

    missing, nothing = use(block)

    assert missing.is_error and "no project 'nothing'" in missing.content[0].text
    assert nothing.is_error and "metric/<name>" in nothing.content[0].text
