"""The transport against a server on 127.0.0.1 and a name resolver that says what a test wants."""

from __future__ import annotations

import gzip
import socket
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from observer.connectors.declarative.addresses import HostPolicy, is_public, pool_classes
from observer.connectors.declarative.options import TransportOptions
from observer.connectors.declarative.transport import Exchange, RefusedError
from observer.errors import SourceError
from observer.testing.upstream import Asked, Reply, Upstream
from observer.testing.upstream.server import conditional_requests

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)


class Session:
    """A session whose requests go through one guarded adapter; waits are noted and not waited."""

    def __init__(self, upstream: Upstream, *, resolve: Mapping[str, str] | None = None, **options: object) -> None:
        self.waits: list[float] = []
        names = {"127.0.0.1": "127.0.0.1", **(resolve or {})}
        private = options.pop("private_hosts", frozenset({"127.0.0.1"}))
        allowed = options.pop("allowed_hosts", frozenset())
        assert isinstance(private, frozenset) and isinstance(allowed, frozenset)
        self.exchange = Exchange(
            HostPolicy(allowed, private),
            TransportOptions(**options),  # type: ignore[arg-type]
            resolver=lambda host, port: [names[host]],
            sleep=self.waits.append,
            now=lambda: NOW,
            jitter=lambda: 0.0,
        )
        self.session = requests.Session()
        self.session.trust_env = False
        adapter = self.exchange.adapter()
        self.session.mount("http://", adapter)
        self.session.mount("https://", adapter)
        self.url = upstream.url

    def get(self, path: str, **headers: str) -> requests.Response:
        url = path if "://" in path else self.url + path
        return self.session.get(url, headers={"Accept": "application/json", **headers})

    def refusal(self, path: str) -> str:
        with pytest.raises(RefusedError):
            self.get(path)
        assert isinstance(self.exchange.refusal, SourceError)
        return str(self.exchange.refusal)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.1/",
        "http://0x7f000001/",
        "http://2130706433/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::1]/",
        "http://169.254.169.254/latest/meta-data/",
        "http://100.64.0.1/",
        "http://[fd00::1]/",
        "http://0.0.0.0/",
        "http://localhost/",
        "https://registry.example@evil.example/",
        "https://user:secret@registry.example/",
        "https://registry.example.evil.example/",
        "https://evil.example/#@registry.example/",
        "https://evil.example\\@registry.example/",
        "https://registry.example:8443/",
        "http://registry.example/",
        "https://rеgistry.example/",
        "https://registry.example./",
    ],
)
def test_addresses_beside_the_connectors_own_are_refused_before_anything_is_sent(url: str) -> None:
    with Upstream() as upstream:
        session = Session(upstream, allowed_hosts=frozenset({"registry.example"}), private_hosts=frozenset())

        with pytest.raises((RefusedError, requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema)):
            session.get(url)

        assert upstream.asked == []
        assert session.exchange.requests == 0


@pytest.mark.parametrize("scheme", ["gopher", "file", "ftp"])
def test_other_schemes_are_refused(scheme: str) -> None:
    policy = HostPolicy(frozenset({"registry.example"}))

    with pytest.raises(SourceError, match="scheme"):
        policy.require(f"{scheme}://registry.example/")


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.7", "169.254.169.254", "100.64.0.1", "::1", "fd00::1"])
def test_a_name_that_leads_into_the_own_network_gets_no_connection(address: str) -> None:
    with Upstream() as upstream:
        session = Session(
            upstream,
            resolve={"registry.example": address},
            allowed_hosts=frozenset({"registry.example"}),
            private_hosts=frozenset(),
        )

        assert "no public address" in session.refusal("https://registry.example/")
        assert upstream.asked == []


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("::ffff:8.8.8.8", True),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
        ("224.0.0.1", False),
        ("198.18.0.1", False),
    ],
)
def test_public_addresses_are_told_from_those_that_only_look_like_it(address: str, expected: bool) -> None:
    assert is_public(address) is expected


def test_a_redirect_to_another_host_is_refused_and_that_host_hears_nothing() -> None:
    with Upstream() as inside, Upstream() as upstream:
        upstream.answers["/a"] = Reply(302, b"", {"Location": f"{inside.url}/secret"})
        session = Session(upstream, private_hosts=frozenset({upstream.host}))

        refusal = session.refusal("/a")

        assert "not one of this connector" in refusal
        assert inside.asked == []


def test_credentials_do_not_follow_a_redirect_to_another_allowed_host() -> None:
    with Upstream({"/b": Reply.json({})}) as other, Upstream() as upstream:
        moved = other.url.replace("127.0.0.1", "mirror.example")
        upstream.answers["/a"] = Reply(302, b"", {"Location": f"{moved}/b"})
        names = {"mirror.example": "127.0.0.1"}
        session = Session(upstream, resolve=names, private_hosts=frozenset({"127.0.0.1", "mirror.example"}))

        session.get("/a", Authorization="Bearer secret")

        assert upstream.asked[0].headers["authorization"] == "Bearer secret"
        assert "authorization" not in other.asked[0].headers


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("7", [7.0]),
        ("Sun, 01 Nov 2026 12:00:09 GMT", [9.0]),
        ("Sun, 01 Nov 2026 11:00:00 GMT", [0.0]),
        ("soon", [1.0]),
    ],
)
def test_retry_after_is_honoured_in_both_its_forms(value: str, expected: list[float]) -> None:
    with Upstream({"/a": Reply.json({"ok": 1})}) as upstream:
        upstream.fail("/a", Reply(429, b"", {"Retry-After": value}))
        session = Session(upstream)

        assert session.get("/a").json() == {"ok": 1}
        assert session.waits == expected


def test_a_wait_longer_than_allowed_is_not_waited() -> None:
    with Upstream({"/a": Reply.json({})}) as upstream:
        upstream.fail("/a", Reply(429, b"", {"Retry-After": "86400"}))
        session = Session(upstream)

        assert session.get("/a").status_code == 429
        assert session.waits == []


def test_failures_are_tried_again_with_growing_pauses_and_a_cap() -> None:
    with Upstream({"/a": Reply.json({})}) as upstream:
        upstream.fail("/a", *[Reply(503)] * 9)
        session = Session(upstream)

        assert session.get("/a").status_code == 503
        assert len(upstream.asked) == 4
        assert session.waits == [1.0, 2.0, 4.0]


@pytest.mark.parametrize(
    "fault",
    [
        Reply(200, b'{"a": [1, 2', {"Content-Type": "application/json"}),
        Reply(200, b'{"a": 1}', {"Content-Type": "application/json"}, cut_at=4),
        Reply(200, b"<html>maintenance</html>", {"Content-Type": "text/html"}),
        Reply(200, gzip.compress(b'{"a": 1}' * 9)[:-9], {"Content-Encoding": "gzip"}),
    ],
    ids=["truncated JSON", "connection cut", "an error page with status 200", "half a gzip body"],
)
def test_half_an_answer_is_no_answer(fault: Reply) -> None:
    with Upstream({"/a": Reply.json({"ok": 1})}) as upstream:
        upstream.fail("/a", fault)
        session = Session(upstream)

        assert session.get("/a").json() == {"ok": 1}
        assert len(upstream.asked) == 2


def test_a_silent_upstream_is_given_up_after_the_time_limit() -> None:
    with Upstream({"/a": Reply.json({}, 200)}) as upstream:
        upstream.fail("/a", *[Reply(200, b"{}", delay=0.4)] * 2)
        session = Session(upstream, timeout_seconds=0.1, attempts=2)

        with pytest.raises(requests.exceptions.RequestException):
            session.get("/a")


def test_a_packed_answer_that_grows_without_end_is_refused() -> None:
    bomb = gzip.compress(b"0" * 40_000_000)
    with Upstream({"/a": Reply(200, bomb, {"Content-Encoding": "gzip"})}) as upstream:
        assert "times its size" in Session(upstream).refusal("/a")
        assert "larger than" in Session(upstream, max_response_bytes=1000).refusal("/a")


def test_the_second_run_asks_conditionally_and_gets_no_body(tmp_path: Path) -> None:
    with Upstream({"/a": Reply.json({"ok": 1})}) as upstream:
        first, second = (Session(upstream, cache_dir=str(tmp_path)) for _ in range(2))

        assert first.get("/a").json() == first.get("/a").json() == {"ok": 1}
        assert first.exchange.requests == 1
        assert second.get("/a").json() == {"ok": 1}
        assert (second.exchange.requests, second.exchange.not_modified) == (1, 1)
        assert conditional_requests(upstream.asked) == 1


def test_a_changed_answer_replaces_the_kept_one(tmp_path: Path) -> None:
    with Upstream({"/a": Reply.json({"ok": 1})}) as upstream:
        Session(upstream, cache_dir=str(tmp_path)).get("/a")
        upstream.answers["/a"] = Reply.json({"ok": 2})

        assert Session(upstream, cache_dir=str(tmp_path)).get("/a").json() == {"ok": 2}
        assert Session(upstream, cache_dir=str(tmp_path)).get("/a").json() == {"ok": 2}


def test_a_damaged_file_of_the_cache_costs_one_request(tmp_path: Path) -> None:
    with Upstream({"/a": Reply.json({"ok": 1})}) as upstream:
        Session(upstream, cache_dir=str(tmp_path)).get("/a")
        for path in tmp_path.rglob("*"):
            if path.is_file():
                path.write_bytes(path.read_bytes()[:-3])

        assert Session(upstream, cache_dir=str(tmp_path)).get("/a").json() == {"ok": 1}
        assert conditional_requests(upstream.asked) == 0


def test_answers_to_one_credential_are_not_given_to_another(tmp_path: Path) -> None:
    def answer(asked: Asked) -> Reply:
        return Reply.json({"for": asked.headers["authorization"]})

    with Upstream({"/a": answer}) as upstream:
        session = Session(upstream, cache_dir=str(tmp_path))

        assert session.get("/a", Authorization="x").json() == {"for": "x"}
        assert session.get("/a", Authorization="y").json() == {"for": "y"}
        assert not any(b"Authorization" in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_a_page_that_comes_again_and_again_ends_the_run(tmp_path: Path) -> None:
    with Upstream({"/a": Reply.json({"next": "/a"})}) as upstream:
        session = Session(upstream, cache_dir=str(tmp_path))

        for _ in range(5):
            session.get("/a")

        assert "circle" in session.refusal("/a")


def test_the_budget_of_requests_is_kept() -> None:
    answers: dict[str, Reply | Callable[[Asked], Reply]] = {f"/{n}": Reply.json({}) for n in range(4)}
    with Upstream(answers) as upstream:
        session = Session(upstream, max_requests=2)

        session.get("/0")
        session.get("/1")

        assert "more than 2 requests" in session.refusal("/2")
        assert len(upstream.asked) == 2


def test_an_answer_without_a_validator_is_shared_within_a_run_and_then_forgotten(tmp_path: Path) -> None:
    with Upstream({"/a": Reply.json({"ok": 1}, ETag="")}) as upstream:
        session = Session(upstream, cache_dir=str(tmp_path))

        assert session.get("/a").json() == session.get("/a").json() == {"ok": 1}
        assert session.exchange.requests == 1
        session.exchange.close()

        assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_the_body_of_a_request_does_not_wait_for_its_head_to_be_acknowledged() -> None:
    with Upstream() as upstream:
        pools = pool_classes(HostPolicy(frozenset(), frozenset({"127.0.0.1"})))
        name, port = upstream.host.split(":")
        connection = pools["http"](name, int(port)).ConnectionCls(name, int(port))
        connection.connect()

        assert connection.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
        connection.close()
