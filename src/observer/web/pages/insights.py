"""The gallery of insights and the page of each: who made it, what it uses and what uses it, whether it reproduces."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from observer.errors import NotFoundError
from observer.query.read_model import ReadModel
from observer.web.gallery import Choice, Gallery, badge, feed
from observer.web.page import Page

_SVG_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
_MOST_TAGS = 24


class InsightPages:
    """The pages over one gallery."""

    def __init__(self, gallery: Gallery, title: str, public_url: str | None, now: Callable[[], datetime]) -> None:
        self._gallery = gallery
        self._title, self._public_url, self._now = title, public_url, now

    def index(self, read_model: ReadModel, request: Request) -> Page:
        """All insights, or those that fit words, kind and tag."""
        asked = request.query_params
        choice = Choice((asked.get("q") or "").strip()[:200], asked.get("kind") or "", asked.get("tag") or "")
        every = self._gallery.entries()
        found = [entry for entry in every if choice.fits(entry)]
        return Page(
            read_model.current_release(),
            "insights.html",
            "Insights",
            "Notebooks, visualizations, data sets and reports on the data of this observatory, and how to check each.",
            {
                "choice": choice,
                "found": [(entry, badge(entry)) for entry in found],
                "total": len(every),
                "kinds": Counter(entry["kind"] for entry in every),
                "tags": [tag for tag, _ in Counter(tag for e in every for tag in e["tags"]).most_common(_MOST_TAGS)],
            },
            found,
            [_row(entry) for entry in found],
        )

    def contributors(self, read_model: ReadModel, request: Request) -> Page:
        """Who made the library: items, what builds on them, challenges, money."""
        found = self._gallery.contributors()
        return Page(
            read_model.current_release(),
            "contributors.html",
            "Contributors",
            "Who made the library of insights, what builds on their work, and what it earned.",
            {"found": [(each, self._named(each["items"])) for each in found]},
            found,
            [
                {
                    "name": each["name"],
                    "items": len(each["items"]),
                    "used_by": each["used_by"],
                    "accepted": each["accepted"],
                    "earned": "; ".join(f"{amount} {currency}" for currency, amount in each["earned"].items()),
                }
                for each in found
            ],
        )

    def insight(self, read_model: ReadModel, request: Request) -> Page:
        """One insight."""
        key = f"{request.path_params['kind']}/{request.path_params['slug']}"
        entry = self._gallery.entry(key)
        if entry is None:
            raise NotFoundError(f"there is no insight '{key[:100]}'", hint="see /insights")
        return Page(
            read_model.current_release(),
            "insight.html",
            entry["title"],
            entry["question"],
            {
                "entry": entry,
                "badge": badge(entry),
                # It passed an allow-list when it was rendered; the policy of the site's pages runs nothing in it.
                "body": Markup(self._gallery.body(key) or ""),  # noqa: S704
                "uses": self._named(entry["uses"]),
                "used_by": self._named(entry["used_by"]),
            },
            entry,
        )

    def routes(self) -> list[BaseRoute]:
        """What is neither a page nor its data: feed and thumbnails."""
        return [
            Route("/insights/feed.xml", self._feed),
            Route("/insights/thumbnail/{kind}/{slug}", self._thumbnail),
        ]

    def _feed(self, request: Request) -> Response:
        base = self._public_url or str(request.base_url)
        text = feed(self._gallery.entries(), self._title, base, self._now())
        return Response(text, media_type="application/atom+xml", headers={"Cache-Control": "public, max-age=300"})

    def _thumbnail(self, request: Request) -> Response:
        found = self._gallery.thumbnail(f"{request.path_params['kind']}/{request.path_params['slug']}")
        if found is None:
            raise NotFoundError("this insight has no picture", hint="see /insights")
        headers = {"Content-Security-Policy": _SVG_POLICY, "Cache-Control": "public, max-age=300"}
        return Response(found[0], media_type=found[1], headers=headers)

    def _named(self, keys: Sequence[str]) -> list[tuple[str, str]]:
        known = [(key, self._gallery.entry(key)) for key in keys]
        return [(key, entry["title"]) for key, entry in known if entry is not None]


def _row(entry: Mapping[str, Any]) -> dict[str, object]:
    pinned = entry["pinned"] or {}
    return {
        "key": entry["key"],
        "title": entry["title"],
        "question": entry["question"],
        "authors": "; ".join(author["name"] for author in entry["authors"]),
        "date": entry["date"],
        "licence": entry["licence"],
        "tags": "; ".join(entry["tags"]),
        "standing": badge(entry).text,
        "release": pinned.get("release"),
        "changes_on_newest": entry["changes"],
    }
