"""How fresh and complete everything is."""

from __future__ import annotations

from starlette.requests import Request

from observer.query.read_model import ReadModel
from observer.web.page import Page
from observer.web.parameters import release_number


def status(read_model: ReadModel, request: Request) -> Page:
    """How fresh and how complete everything is."""
    with read_model.pinned(release_number(request)) as reader:
        now = reader.status()
        rules = reader.rules()
        in_use = {source.connector for source in now.sources if source.last_load_at or source.age}
        unused = sorted({source.connector for source in now.sources} - in_use)
        refused = reader.quarantine(limit=50, cursor=request.query_params.get("cursor") or None)
        return Page(
            reader.release,
            "status.html",
            "Status",
            "Freshness and completeness of every source.",
            {"status": now, "unused": unused, "refused": refused, "rules": rules},
            {"status": now, "quarantine": refused.items, "rules": rules},
            now.sources,
        )
