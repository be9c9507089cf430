"""Classes of users: how many there are, how they are told apart, and what they do. No names, no ranking."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from starlette.requests import Request

from observer.errors import NotFoundError
from observer.model.metric import Grain
from observer.model.people import USER_CLASSES, UserClass
from observer.model.published import EntityType
from observer.query.read_model import ReadModel
from observer.query.request import Listing
from observer.web import charts
from observer.web.page import Page
from observer.web.parameters import release_number

WORDS: Mapping[UserClass, tuple[str, str]] = {
    UserClass.PERSON: (
        "People",
        "Accounts and addresses behind which nothing points to a program or an organisation. Several of them are one "
        "person only where evidence links them; nobody is merged because of an equal name.",
    ),
    UserClass.BOT: (
        "Bots",
        "Programs that act by themselves, such as those that raise versions: told by the type of their account, by the "
        "suffix [bot], or by a rule or a person of the directory.",
    ),
    UserClass.AGENT: (
        "Coding agents",
        "Programs that write code at the request of a person, told by their accounts and by how they sign commits.",
    ),
    UserClass.ORGANIZATION: (
        "Organisations",
        "Accounts of organisations, which own things and now and then do something themselves.",
    ),
}
_METRICS = ("commits", "pull_requests_opened", "issues_opened", "comments")
_DAYS = 1461
_MOST = 3


def people(read_model: ReadModel, request: Request) -> Page:
    """The classes and their sizes."""
    with read_model.pinned(release_number(request)) as reader:
        sizes = reader.class_sizes()
        return Page(
            reader.release,
            "people.html",
            "Who acts",
            "People, bots, coding agents and organisations are told apart in every number.",
            {"sizes": sizes, "words": WORDS},
            sizes,
            sizes,
        )


def people_class(read_model: ReadModel, request: Request) -> Page:
    """One class: its size, and what it did in the largest collections."""
    name = request.path_params["name"]
    if name not in tuple(USER_CLASSES):
        raise NotFoundError(f"there is no class '{name[:50]}'", hint=f"classes: {', '.join(USER_CLASSES)}")
    chosen = UserClass(name)
    with read_model.pinned(release_number(request)) as reader:
        size = next(each for each in reader.class_sizes() if each.user_class is chosen)
        largest = reader.entities(EntityType.COLLECTION, Listing(sort="commits", limit=_MOST)).items
        start = reader.release.as_of - timedelta(days=_DAYS)
        found = [
            (each.entity, reader.series_of_metrics(_METRICS, each.entity, Grain.MONTH, start, None, (chosen,)))
            for each in largest
        ]
        # Metrics that cannot be told apart by class say nothing about this one.
        series = [(entity, [s for s in several if s.classes == (chosen,)]) for entity, several in found]
        title, description = WORDS[chosen]
        return Page(
            reader.release,
            "people_class.html",
            title,
            description,
            {
                "size": size,
                "charts": [(entity, [(s, charts.series_chart(s)) for s in several]) for entity, several in series],
            },
            {"class": size, "series": [s for _, several in series for s in several]},
        )
