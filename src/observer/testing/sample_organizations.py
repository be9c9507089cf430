"""Organizations of the sample: `ada` belongs to one, `grace` to none, and of `linus` nothing is known."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import date

from observer.testing.sample_world import FIRST_DAY, Row, Rows, SampleEvent, entities

_MEMBERS = {"ada": ("acme", "organization"), "grace": ("independent", "independent")}
_FILE = "organizations/{}.yaml#L{}"


def organization_tables(happened: Iterable[SampleEvent], user_id: Callable[[str], str]) -> Rows:
    """What is published about organizations; people with a bracket in their name are no persons."""
    return {
        "organizations": [_organization("acme", "Acme"), _organization("independent", "Independent")],
        "affiliations": [_affiliation(user_id(person), *held) for person, held in _MEMBERS.items()],
        "contributions_by_organization": list(_contributions(tuple(happened))),
    }


def _organization(name: str, title: str) -> Row:
    is_independent = name == "independent"
    return {
        "organization_name": name,
        "display_name": title,
        "is_independent": is_independent,
        "domain_count": 0 if is_independent else 1,
        "declared_person_count": 1,
        "member_count": 1,
    }


def _affiliation(user: str, name: str, affiliation: str) -> Row:
    return {
        "user_id": user,
        "start_date": FIRST_DAY,
        "end_date": None,
        "organization_name": name,
        "is_independent": affiliation == "independent",
        "rule": "self_claim",
        "evidence": "It is on their page.",
        "author": "github:ada",
        "record_ref": _FILE.format(name, 7),
    }


def _contributions(happened: tuple[SampleEvent, ...]) -> Iterator[Row]:
    commits = [e for e in happened if e.type == "COMMIT_CODE" and e.amount and e.person and "[" not in e.person]
    for kind, entity, repositories in entities():
        counts: dict[date, dict[tuple[str, str], list[str]]] = defaultdict(lambda: defaultdict(list))
        for event in commits if kind != "artifact" else ():
            if event.repository in repositories:
                group = _MEMBERS.get(str(event.person), ("unknown", "unknown"))
                counts[event.day.replace(day=1)][group].append(str(event.person))
        for month, groups in counts.items():
            total = sum(len(people) for people in groups.values())
            for (name, affiliation), people in groups.items():
                yield {
                    "entity_type": kind,
                    "entity_id": entity,
                    "month": month,
                    "organization_name": name,
                    "affiliation": affiliation,
                    "commit_count": len(people),
                    "contributor_count": len(set(people)),
                    "commit_share": len(people) / total,
                    "is_complete": True,
                }
