"""The blog: ecosystem reports in their editions, and posts of contributors; with PDF, charts and a feed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup, escape
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from observer.errors import NotFoundError
from observer.query.read_model import ReadModel
from observer.web.atom import Entry, atom
from observer.web.blog import Blog
from observer.web.gallery import Gallery
from observer.web.page import Page

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
_POSTS = ("post",)
_SITE = "{observatory}"
"""What pages of editions have in the place of this site's address."""


@dataclass(frozen=True, slots=True)
class BlogPages:
    """The pages over the editions of reports and the posts of the library."""

    blog: Blog
    gallery: Gallery
    title: str
    public_url: str | None
    now: Callable[[], datetime]

    def index(self, read_model: ReadModel, request: Request) -> Page:
        """Everything, newest first."""
        rows = self._rows()
        return Page(
            read_model.current_release(),
            "blog.html",
            "Blog",
            "Reports on ecosystems, made again with new releases, and posts by contributors.",
            {"rows": rows},
            rows,
            rows,
        )

    def edition(self, read_model: ReadModel, request: Request) -> Page:
        """One edition of a report, or its newest."""
        edition = self._edition(request)
        site = escape((self.public_url or str(request.base_url)).rstrip("/"))
        return Page(
            read_model.current_release(),
            "blog_edition.html",
            edition["title"],
            edition["lead"],
            {
                "edition": edition,
                "base": f"/blog/{edition['slug']}/{edition['release']}",
                # Made of escaped text alone when the edition was made.
                "body": Markup(self.blog.page(edition).replace(_SITE, site)),  # noqa: S704
                "others": [each for each in self.blog.editions(edition["slug"]) if each != edition],
            },
            {name: value for name, value in edition.items() if name != "form"},
        )

    def routes(self) -> list[BaseRoute]:
        """What is neither a page nor its data: the feed and the files of editions."""
        return [
            Route("/blog/feed.xml", self._feed),
            Route("/blog/{slug}/{release:int}/{name:path}", self._file),
        ]

    async def _feed(self, request: Request) -> Response:
        base = (self.public_url or str(request.base_url)).rstrip("/")
        rows = await run_in_threadpool(self._rows)
        entries = [
            Entry(
                row["title"],
                base + row["address"],
                row["moment"],
                row["authors"],
                row["kind"],
                row["about"],
                f"{base}{row['pdf']}" if row["pdf"] else None,
            )
            for row in rows
        ]
        updated = datetime.fromisoformat(rows[0]["moment"]) if rows else self.now()
        text = atom(f"{self.title}: blog", f"{base}/blog", f"{base}/blog/feed.xml", entries, updated)
        return Response(text, media_type="application/atom+xml", headers={"Cache-Control": "public, max-age=300"})

    async def _file(self, request: Request) -> Response:
        name = request.path_params["name"]
        found = await run_in_threadpool(lambda: self.blog.file(self._edition(request), name))
        if found is None:
            raise NotFoundError("the report has no such file", hint="see its page")
        headers = {"Cache-Control": "public, max-age=300"}
        if name.startswith("charts/"):
            headers["Content-Security-Policy"] = _POLICY
            # Charts may be shown on other sites: nothing in them depends on who asks.
            headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return Response(found[0], media_type=found[1], headers=headers)

    def _edition(self, request: Request) -> Mapping[str, Any]:
        slug, asked = request.path_params["slug"], request.path_params.get("release")
        release = int(asked) if asked is not None and str(asked).isdecimal() else None
        found = None if asked is not None and release is None else self.blog.edition(slug, release)
        if found is None:
            raise NotFoundError(f"there is no such report on '{slug[:100]}'", hint="see /blog")
        return found

    def _rows(self) -> list[dict[str, Any]]:
        reports = [
            {
                "kind": "report",
                "title": each["title"],
                "about": each["lead"],
                "address": f"/blog/{each['slug']}/{each['release']}",
                "moment": each["made_at"],
                "authors": list(each["authors"]),
                "release": each["release"],
                "as_of": each["as_of"],
                "pdf": f"/blog/{each['slug']}/{each['release']}/report.pdf",
            }
            for each in self.blog.editions()
        ]
        posts = [
            {
                "kind": "post",
                "title": each["title"],
                "about": each["question"],
                "address": f"/insights/{each['key']}",
                "moment": f"{each['date']}T00:00:00Z",
                "authors": [author["name"] for author in each["authors"]],
                "release": (each["pinned"] or {}).get("release"),
                "as_of": (each["pinned"] or {}).get("as_of"),
                "pdf": None,
            }
            for each in self.gallery.entries()
            if each["kind"] in _POSTS
        ]
        return sorted([*reports, *posts], key=lambda row: str(row["moment"]), reverse=True)
