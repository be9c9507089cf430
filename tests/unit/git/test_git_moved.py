"""Repositories that have moved, behind a web server of this machine that runs git's own CGI program."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from git_landing import Landing
from git_repositories import GitRepository

from observer.connectors.sources.git.moved import moved_to

Make = Callable[..., GitRepository]


class Forge(BaseHTTPRequestHandler):
    """Serves repositories under /; /old/ has moved to /new/, /away/ to another host, /loop/ to itself."""

    base: Path
    asked: list[str]

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def log_message(self, *_: object) -> None:
        return

    def _answer(self, body: bytes) -> None:
        self.asked.append(self.path)
        for old, new in (("/old/", "/new/"), ("/away/", "http://127.0.0.2:9/"), ("/loop/", "/loop/")):
            if self.path.startswith(old):
                self.send_response(301)
                self.send_header("Location", new + self.path.removeprefix(old))
                self.end_headers()
                return
        path, _, query = self.path.partition("?")
        done = subprocess.run(
            ["git", "http-backend"],
            input=body,
            capture_output=True,
            check=True,
            env={
                "PATH": os.environ["PATH"],
                "GIT_PROJECT_ROOT": str(self.base),
                "GIT_HTTP_EXPORT_ALL": "1",
                "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
                "GIT_CONFIG_GLOBAL": str(self.base / "settings"),
                "REQUEST_METHOD": self.command,
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            },
        )
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.decode().split(": ", 1) for line in head.split(b"\r\n"))
        self.send_response(int(headers.pop("Status", "200 OK").split()[0]))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


@pytest.fixture
def forge(tmp_path: Path) -> Iterator[str]:
    base = tmp_path / "repositories"
    base.mkdir(exist_ok=True)
    (base / "settings").write_text("[uploadpack]\n\tallowFilter = true\n[safe]\n\tdirectory = *\n")
    handler = type("Here", (Forge,), {"base": base, "asked": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def web(landing: Landing) -> Landing:
    landing.config |= {"allowed_protocols": ["http"], "allowed_hosts": ["127.0.0.1"]}
    return landing


def test_a_repository_that_has_moved_is_followed_under_its_old_address(make: Make, forge: str, web: Landing) -> None:
    repository = make("new/r")
    root = repository.commit({"a": b"1\n"})
    web.read(f"{forge}/old/r.git")
    repository.commit({"a": b"2\n"}, parents=[root])

    web.read(f"{forge}/old/r.git")

    assert not web.quarantined
    assert {row["repository_url"] for row in web.rows("commits")} == {f"{forge}/old/r.git"}
    assert len(web.commits()) == len(web.rows("line_counts")) == 2
    assert f"{forge}/old/r.git has moved to {forge}/new/r.git" in web.logs


def test_a_move_to_another_host_is_not_followed(make: Make, forge: str, web: Landing) -> None:
    make("here").commit({"a": b"1\n"})

    web.read(f"{forge}/away/r.git", f"{forge}/loop/r.git", f"{forge}/here.git")

    assert [row["file"] for row in web.quarantined] == [f"{forge}/away/r.git", f"{forge}/loop/r.git"]
    assert len(web.commits()) == 1


def test_what_has_not_moved_has_no_new_address(forge: str, make: Make) -> None:
    make("here").commit({"a": b"1\n"})

    assert moved_to(f"{forge}/here.git") is None
    assert moved_to("http://127.0.0.1:1/r.git") is None
    assert moved_to("ssh://example.org/r.git") is None
