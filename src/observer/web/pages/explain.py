"""Why a number is what it is."""

from __future__ import annotations

from starlette.requests import Request

from observer.model.metric import Grain
from observer.query import catalogue
from observer.query.read_model import ReadModel
from observer.web import format as fmt
from observer.web.page import Page
from observer.web.parameters import choice, day, named_entity, release_number


def explain(read_model: ReadModel, request: Request) -> Page:
    """One number: definition, completeness, people and events behind it, how to recompute it."""
    query = request.query_params
    grain = choice(query.get("grain"), Grain, Grain.ALL)
    with read_model.pinned(release_number(request)) as reader:
        entity = named_entity(reader, request.path_params["entity"])
        why = reader.explain(
            request.path_params["metric"],
            entity,
            grain,
            day(query.get("bucket")),
            limit=50,
            cursor=query.get("cursor") or None,
            with_people=True if query.get("people") else None,
        )
        evidence = reader.evidence(why.metric.name, entity, grain) if why.point.bucket == reader.release.as_of else ()
        grains = sorted(catalogue.rules(why.metric).grains, key=list(Grain).index)
        words = f"{why.metric.display_name} of {fmt.title(entity)}"
        return Page(
            reader.release,
            "explain.html",
            words,
            f"{words}, {fmt.period(why.point.first_day, why.point.last_day, grain)}",
            {"why": why, "entity": entity, "grain": grain, "grains": grains, "evidence": evidence},
            why,
            why.rows.items,
            entity_path=fmt.path(entity),
        )
