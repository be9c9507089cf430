"""Pages are made once for each release and address, and never shown for another one."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import cast

import pytest
from jinja2 import DictLoader, Environment
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route
from starlette.testclient import TestClient

from observer.errors import NotFoundError
from observer.model.release import Release
from observer.query.read_model import ReadModel
from observer.web.page import Page
from observer.web.render import Renderer

RELEASE = Release(
    number=1,
    created_at=datetime(2026, 11, 1, tzinfo=UTC),
    as_of=date(2026, 10, 31),
    code_version="1",
    snapshot_id=1,
    fingerprint="f",
    catalog="c",
    tables=(),
)


@dataclass
class Releases:
    """A read model of which only the pointer is asked."""

    current: Release = RELEASE
    is_known: bool = False
    built: list[str] = field(default_factory=list)

    def current_release(self) -> Release:
        return self.current

    def known_release(self) -> Release | None:
        return self.current if self.is_known else None


def build(read_model: ReadModel, request: Request) -> Page:
    releases = cast("Releases", read_model)
    releases.built.append(str(request.url))
    return Page(releases.current, "t.html", "T", data={"n": releases.current.number}, rows=None)


@pytest.fixture
def releases() -> Releases:
    return Releases()


@pytest.fixture
def client(releases: Releases) -> TestClient:
    template = "release {{ release.number }} at {{ base_url }}{{ path }}, {{ permalink }}"
    environment = Environment(loader=DictLoader({"t.html": template}), autoescape=True)
    renderer = Renderer(cast("ReadModel", releases), environment, None)
    paths = ("/page", "/status")
    return TestClient(
        Starlette(
            routes=[
                Route(f"{path}{end}", renderer.handler(build, path, end)) for path in paths for end in (".json", "")
            ]
        )
    )


@pytest.mark.parametrize("is_known", [True, False])
def test_a_page_is_made_once_for_each_release_and_address(
    client: TestClient, releases: Releases, is_known: bool
) -> None:
    releases.is_known = is_known

    first, second = client.get("/page?a=1"), client.get("/page?a=1")
    client.get("/page?a=2")

    assert first.text == second.text == "release 1 at http://testserver/page, /page?a=1&amp;release=1"
    assert len(releases.built) == 2
    assert client.get("/page?a=1", headers={"If-None-Match": first.headers["etag"]}).status_code == 304


def test_a_new_release_is_shown_at_once(client: TestClient, releases: Releases) -> None:
    client.get("/page")

    releases.current = replace(RELEASE, number=2)

    assert client.get("/page").text.startswith("release 2")
    assert client.get("/page.json").json() == {"release": 2, "as_of": "2026-10-31", "data": {"n": 2}}


def test_the_same_number_published_again_is_another_release(client: TestClient, releases: Releases) -> None:
    client.get("/page")

    releases.current = replace(RELEASE, created_at=datetime(2026, 11, 2, tzinfo=UTC))
    client.get("/page")

    assert len(releases.built) == 2


def test_a_page_for_one_host_is_not_shown_to_another(client: TestClient) -> None:
    assert "http://testserver/" in client.get("/page").text
    assert "http://other.example/" in client.get("/page", headers={"Host": "other.example"}).text
    assert "http://testserver/" in client.get("/page").text


@pytest.mark.parametrize("address", ["/status", "/page?release=1"])
def test_what_tells_the_time_and_what_is_pinned_is_made_anew(
    client: TestClient, releases: Releases, address: str
) -> None:
    client.get(address)
    client.get(address)

    assert len(releases.built) == 2


def test_a_page_that_is_no_list_has_no_csv(releases: Releases) -> None:
    renderer = Renderer(cast("ReadModel", releases), Environment(autoescape=True), None)
    app = Starlette(routes=[Route("/page.csv", renderer.handler(build, "/page", ".csv"))])

    with pytest.raises(NotFoundError, match="no list"):
        TestClient(app).get("/page.csv")
