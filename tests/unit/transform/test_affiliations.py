"""Who belonged to which organization, by the real models, against a recount that looks at each person and day."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.unit.transform.people import sha1
from tests.unit.transform.world import OBSERVED_AT, Row, World, listing, mined, project

from observer.model.identifier import entity_id

FIRST, AS_OF = date(2024, 1, 1), date(2024, 12, 31)
BEGINNING = date(1900, 1, 1)
MODELS = ("+organizations", "+affiliations", "+int_events", "+int_affiliations")
DOMAINS = (
    "acme.example",
    "eng.acme.example",
    "globex.example",
    "mail.example",
    "notacme.example",
    "users.noreply.acme.example",
)
PEOPLE = [f"person{number}" for number in range(40)]
HOLD = 90

Held = tuple[str, bool]


def domain(organization: str, name: str, start: date | None = None, end: date | None = None) -> Row:
    return _declared(organization, f"domain {name} {start}", kind="domain", domain=name, start_date=start, end_date=end)


def member(organization: str, account: str, start: date | None, end: date | None, **more: object) -> Row:
    reference = f"{account} {start} {more.get('is_self_claim')}"
    return _declared(organization, reference, kind="person", login=account, start_date=start, end_date=end, **more)


def _declared(organization: str, reference: str, **more: object) -> Row:
    return {
        "declaration_key": f"{organization} {reference}",
        "organization_name": organization,
        "display_name": organization.title(),
        "is_independent": organization == "alone",
        "is_self_claim": False,
        "reason": "It is known.",
        "author": "A curator",
        "_record_ref": f"organizations/{organization}.yaml#{reference}",
        **more,
    }


DOMAIN_ROWS = [
    domain("acme", "acme.example"),
    domain("labs", "eng.acme.example", date(2024, 4, 1), date(2024, 8, 15)),
    domain("globex", "globex.example", date(2024, 2, 1), date(2024, 10, 1)),
]
PERSON_ROWS = [
    member("acme", "person1", date(2024, 3, 1), date(2024, 5, 31)),
    member("alone", "person1", date(2024, 5, 1), None, is_self_claim=True),
    member("globex", "person2", None, None),
    member("acme", "person2", date(2024, 6, 1), date(2024, 6, 30), is_self_claim=True),
    member("globex", "person3", date(2024, 1, 1), date(2024, 2, 10)),
    member("labs", "person3", date(2024, 2, 11), date(2025, 6, 1)),
    member("acme", "nobody-of-this-name", None, None),
    _declared(
        "globex",
        "address",
        kind="person",
        email_hash=sha1("person9"),
        email_domain="mail.example",
        start_date=date(2024, 7, 1),
    ),
]


def commits() -> list[dict[str, Any]]:
    """A few dozen for each of PEOPLE, under addresses of several domains; several on some days."""
    draw, made = random.Random(11), []
    for person in PEOPLE:
        for _ in range(draw.randrange(1, 40)):
            day = FIRST + timedelta(days=draw.randrange(-5, 365))
            times = draw.choice((1, 1, 3))
            made += [{"person": person, "domain": draw.choice(DOMAINS), "day": day} for _ in range(times)]
    return made


def commit_rows(made: Sequence[dict[str, Any]]) -> Iterator[Row]:
    for number, one in enumerate(made):
        when = datetime(one["day"].year, one["day"].month, one["day"].day, number % 24)
        yield {
            "repository_url": "https://github.com/some/tool",
            "commit_id": sha1(str(number)),
            "parent_count": 1,
            "author_name": one["person"],
            "author_email_hash": sha1(one["person"]),
            "author_email_domain": one["domain"],
            "authored_at": when,
            "committed_at": when,
            "has_valid_date": True,
            "is_on_default_branch": True,
            "_observed_at": OBSERVED_AT,
            "_record_ref": f"git+some/tool@{number}",
        }


def account_rows(made: Sequence[dict[str, Any]]) -> Iterator[Row]:
    """GitHub says whose commits these are, so that the addresses of a person are one user."""
    for number, one in enumerate(made):
        yield {
            "commit_id": sha1(str(number)),
            "account_id": 100 + PEOPLE.index(one["person"]),
            "login": one["person"],
            "_observed_at": OBSERVED_AT,
            "_record_ref": f"github@{number}",
        }


def raw(declarations: Sequence[Row]) -> dict[str, list[Row]]:
    made = commits()
    return {
        "oss_directory__projects": [project("p")],
        "oss_directory__project_artifacts": [listing("p", "some", "tool")],
        "git__repositories": [mined("some", "tool", commit_count=len(made))],
        "git__commits": list(commit_rows(made)),
        "github__commit_accounts": list(account_rows(made)),
        "organizations__declarations": list(declarations),
    }


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, dbt_folder: Path) -> World:
    built = World(tmp_path_factory.mktemp("affiliations"), dbt_folder)
    built.fill(raw([*DOMAIN_ROWS, *PERSON_ROWS]))
    built.build(as_of=AS_OF, select=MODELS)
    return built


def recount() -> dict[tuple[str, date], Held]:
    """What holds for each person on each day from FIRST on, decided for that day alone."""
    shown: dict[str, dict[date, Counter[tuple[str, date]]]] = defaultdict(lambda: defaultdict(Counter))
    for one in commits():
        found = _organization_of(one["domain"], one["day"])
        if found:
            shown[one["person"]][one["day"]][found] += 1
    held: dict[tuple[str, date], Held] = {}
    for person in PEOPLE:
        for day in (FIRST + timedelta(days=n) for n in range((AS_OF - FIRST).days + 1)):
            name = _declared_on(person, day) or _shown_on(shown[person], day)
            if name:
                held[person, day] = (name, name == "alone")
    return held


def _organization_of(name: str, day: date) -> tuple[str, date] | None:
    fitting = [
        (len(str(row["domain"])), str(row["organization_name"]), row["end_date"] or date.max)
        for row in DOMAIN_ROWS
        if "noreply" not in name
        and (name == row["domain"] or name.endswith(f".{row['domain']}"))
        and (row["start_date"] or BEGINNING) <= day <= (row["end_date"] or date.max)
    ]
    return max(fitting)[1:] if fitting else None


def _declared_on(person: str, day: date) -> str | None:
    holding = [
        (bool(row["is_self_claim"]), row["start_date"] or BEGINNING, str(row["organization_name"]))
        for row in PERSON_ROWS
        if (row.get("login") == person or row.get("email_hash") == sha1(person))
        and (row["start_date"] or BEGINNING) <= day <= (row.get("end_date") or date.max)
    ]
    return max(holding)[2] if holding else None


def _shown_on(days: dict[date, Counter[tuple[str, date]]], day: date) -> str | None:
    before = [other for other in days if other <= day]
    if not before:
        return None
    last = max(before)
    most = max(days[last].values())
    name, until = min(found for found, count in days[last].items() if count == most)
    return name if (day - last).days < HOLD and day <= until else None


def test_each_person_belongs_on_each_day_to_what_a_recount_says(world: World) -> None:
    names = {entity_id("GITHUB", person, person): person for person in PEOPLE}
    rows = world.rows("select user_id, start_date, end_date, organization_name, is_independent from marts.affiliations")
    found: dict[tuple[str, date], Held] = {}
    for user, start, end, organization, is_independent in rows:
        day = max(start, FIRST)  # type: ignore[call-overload]
        while day <= (end or AS_OF):
            assert (names[str(user)], day) not in found, "spans do not overlap"
            found[names[str(user)], day] = (str(organization), bool(is_independent))
            day += timedelta(days=1)

    expected = recount()

    assert len(expected) > 3000
    assert {name for name, _ in expected.values()} == {"acme", "labs", "globex", "alone"}
    differing = {key for key in expected.keys() | found.keys() if expected.get(key) != found.get(key)}
    assert not differing, sorted(differing)[:5]


def test_rows_say_what_shows_them_and_where_it_stands(world: World) -> None:
    rows = world.rows(
        f"""select start_date, end_date, organization_name, rule, evidence, author, record_ref from marts.affiliations
        where user_id = '{entity_id("GITHUB", "person2", "person2")}' order by 1"""
    )

    file = "organizations/{}.yaml#person2 {}"
    known = ("It is known.", "A curator")
    assert rows == [
        (BEGINNING, date(2024, 5, 31), "globex", "assertion", *known, file.format("globex", "None None")),
        (date(2024, 6, 1), date(2024, 6, 30), "acme", "self_claim", *known, file.format("acme", "2024-06-01 True")),
        (date(2024, 7, 1), None, "globex", "assertion", *known, file.format("globex", "None None")),
    ]
    shown = world.rows("select distinct evidence from marts.affiliations where rule = 'domain' order by 1")
    assert {row[0] for row in shown} == {f"commits under {name}" for name in DOMAINS[:3]}


def test_organizations_are_listed_with_their_members(world: World) -> None:
    rows = world.rows("select * exclude (member_count), member_count > 0 from marts.organizations order by 1")

    assert rows == [
        ("acme", "Acme", False, 1, 3, True),
        ("alone", "Alone", True, 0, 1, True),
        ("globex", "Globex", False, 1, 3, True),
        ("labs", "Labs", False, 1, 1, True),
    ]


def test_without_declarations_nothing_is_known(tmp_path: Path, dbt_folder: Path) -> None:
    built = World(tmp_path / "none", dbt_folder)
    built.fill(raw([]))

    built.build(as_of=AS_OF, select=MODELS)

    assert built.rows("select count(*) from marts.affiliations") == [(0,)]
    assert built.rows("select count(*) from marts.organizations") == [(0,)]
