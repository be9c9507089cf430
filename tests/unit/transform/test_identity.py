"""Who is who in a labelled world of a few thousand people, by the real models, and what a person may say about it."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from pathlib import Path

import pytest
from tests.unit.transform.people import STAND_INS, LabelledWorld, sha1
from tests.unit.transform.world import Row, World

from observer.model.identifier import entity_id

AS_OF = date(2024, 12, 31)
MODELS = ("+int_users", "+int_events", "+identity_links")
PEOPLE = 3000

IDENTITIES = """
    select email_domain, email_hash, 'GIT_EMAIL' from intermediate.int_address_names
    union
    select 'GITHUB', alias_login, 'GITHUB' from intermediate.int_github_accounts where is_latest_holder
"""


def identity_id(key: tuple[str, str]) -> str:
    return entity_id("GITHUB", key[1], key[1]) if key[0] == "GITHUB" else entity_id("GIT_EMAIL", *key)


def users(world: World) -> dict[str, str]:
    """The user of each identity that is part of another one."""
    return {
        str(one): str(user) for one, user in world.rows("select identity_id, user_id from intermediate.int_identities")
    }


@pytest.fixture(scope="module")
def labelled() -> LabelledWorld:
    return LabelledWorld(7, PEOPLE)


@pytest.fixture(scope="module")
def world(labelled: LabelledWorld, tmp_path_factory: pytest.TempPathFactory, dbt_folder: Path) -> World:
    built = World(tmp_path_factory.mktemp("people"), dbt_folder)
    built.fill(labelled.raw)
    built.build(as_of=AS_OF, select=MODELS)
    return built


@dataclass(frozen=True, slots=True)
class Cast:
    """Identities of the labelled world about which somebody decides something."""

    claimer: tuple[str, str]
    taken: tuple[str, str]
    mine: tuple[str, str]
    office: tuple[str, str]
    younger: tuple[str, str]


@pytest.fixture(scope="module")
def cast(labelled: LabelledWorld) -> Cast:
    plain = [(domain, sha1(local)) for person in labelled.people[1000:] for local, domain in person.addresses[:1]]
    taken, mine = [address for address in plain if address in labelled.known_to_api][:2]
    younger = next(key for key, number in labelled.truth.items() if key[0] == "GITHUB" and number >= 900_000)
    claimer = labelled.people[1].account.login.lower()
    return Cast(("GITHUB", claimer), taken, mine, ("firm.example", sha1("office2-0")), younger)


def decision(action: str, one: tuple[str, str], other: tuple[str, str] | None, **more: object) -> Row:
    ends = {}
    for end, key in (("from", one), ("to", other)):
        if key and key[0] == "GITHUB":
            ends |= {f"{end}_source": "GITHUB", f"{end}_login": key[1]}
        elif key:
            ends |= {f"{end}_source": "GIT_EMAIL", f"{end}_email_domain": key[0], f"{end}_email_hash": key[1]}
    return {
        "decision_key": f"{action} {one} {other}",
        "action": action,
        "reason": "not hers",
        "author": "A curator",
        "is_self_claim": False,
        "decided_on": date(2024, 6, 1),
        **ends,
        **more,
    }


@pytest.fixture(scope="module")
def decided(labelled: LabelledWorld, cast: Cast, tmp_path_factory: pytest.TempPathFactory, dbt_folder: Path) -> World:
    """The same rows in another order, and what people decided about some identities."""
    mixer = random.Random(1)
    shuffled = {table: mixer.sample(list(rows), len(rows)) for table, rows in labelled.raw.items()}
    shuffled["identities__decisions"] = [
        decision("merge", cast.claimer, cast.taken, is_self_claim=True),
        decision("split", cast.mine, None),
        decision("merge", cast.office, cast.claimer, is_self_claim=True),
        decision("split", cast.claimer, cast.office, decided_on=date(2024, 7, 1)),
        decision("merge", cast.younger, cast.claimer),
    ]
    built = World(tmp_path_factory.mktemp("decided"), dbt_folder)
    built.fill(shuffled)
    built.build(as_of=AS_OF, select=MODELS)
    return built


def pairs(groups: Mapping[object, list[str]]) -> Iterator[frozenset[str]]:
    for group in groups.values():
        yield from map(frozenset, combinations(sorted(group), 2))


def grouped(keys: Mapping[tuple[str, str], object]) -> dict[object, list[str]]:
    groups: dict[object, list[str]] = defaultdict(list)
    for key, group in keys.items():
        groups[group].append(identity_id(key))
    return groups


def test_precision_and_recall_over_pairs(labelled: LabelledWorld, world: World) -> None:
    found = users(world)
    truth = set(pairs(grouped(labelled.truth)))
    said = set(pairs(grouped({key: found.get(identity_id(key), identity_id(key)) for key in labelled.truth})))

    precision, recall = len(said & truth) / len(said), len(said & truth) / len(truth)

    assert len(truth) > 15_000
    assert precision >= 0.995, f"{len(said - truth)} of {len(said)} pairs are wrong"
    assert recall >= 0.95, f"{len(truth - said)} of {len(truth)} pairs are not found"


def test_nobody_is_merged_on_a_name_alone(world: World) -> None:
    rules = world.rows("select distinct rule from intermediate.int_identity_links order by 1")
    accounts_of_names = world.rows("""
        select max(n) from (
            select author_name, count(distinct coalesce(i.user_id, email_domain || email_hash)) as n
            from intermediate.int_address_names
            left join intermediate.int_identities i
                on i.identity_id = base64(unhex(sha256('GIT_EMAIL' || email_domain || email_hash)))
            where author_name like '% smith'
            group by 1
        )
    """)

    assert rules == [("private_address",), ("renamed_account",), ("same_commit",), ("verified_address",)]
    assert int(str(accounts_of_names[0][0])) > 20


def test_shared_addresses_are_nobody_s(world: World) -> None:
    stand_ins = [(domain, sha1(local)) for local, domain in STAND_INS if domain != "ip-10-0-0-1"]
    shared = set(world.rows("select email_domain, email_hash from intermediate.int_shared_addresses"))
    links = world.rows("""
        select count(*) filter (state = 'accepted'), count(*) filter (state = 'refused'),
            count(*) filter (state = 'suggested')
        from intermediate.int_identity_links
        where from_identity_id in (
            select base64(unhex(sha256('GIT_EMAIL' || email_domain || email_hash)))
            from intermediate.int_address_names where email_domain in ('firm.example', 'localhost', 'example.com')
        )
    """)
    offices = world.rows(
        "select count(distinct email_hash) from intermediate.int_shared_addresses where email_domain = 'firm.example'"
    )

    assert set(stand_ins) <= shared
    assert links[0][0] == 0
    assert links[0][1] and links[0][2]
    assert offices == [(50,)]


def test_people_behind_a_shared_address_are_told_apart(world: World) -> None:
    (row,) = world.rows(f"""
        select count(distinct events.from_artifact_id), count(distinct lower(author_name) || commits.to_artifact_id)
        from intermediate.int_events as events
        inner join intermediate.int_commits as commits on commits.commit_id = events.event_source_id
        where email_domain = 'localhost' and email_hash = '{sha1("root")}'
    """)

    assert row[0] == row[1]
    assert int(str(row[0])) > 20


def test_robots_stay_robots_and_people_stay_people(labelled: LabelledWorld, world: World) -> None:
    classes = dict(world.rows("select user_name, user_class from intermediate.int_users where user_name is not null"))
    expected = {person.account.login.lower(): person.kind for person in labelled.people}

    assert {login: classes[login] for login in expected} == expected


def test_the_order_of_rows_and_decisions_of_others_change_nobody(world: World, decided: World, cast: Cast) -> None:
    before, after = users(world), users(decided)
    touched = {identity for identity in before.keys() | after.keys() if before.get(identity) != after.get(identity)}

    assert touched == {identity_id(key) for key in (cast.office, cast.mine, cast.taken, cast.younger)}


def test_a_claim_gives_an_address_to_whoever_says_so(decided: World, cast: Cast) -> None:
    rows = decided.rows(f"""
        select rule, state, state_reason from intermediate.int_identity_links
        where '{identity_id(cast.taken)}' in (from_identity_id, to_identity_id) order by 1
    """)

    assert users(decided)[identity_id(cast.taken)] == identity_id(cast.claimer)
    assert rows[0] == ("self_claim", "accepted", None)
    assert [row[1:] for row in rows[1:]] == [("undone", "somebody said that the address is another account's")]


def test_a_split_takes_a_link_back_and_says_who_did_it(decided: World, cast: Cast) -> None:
    (row,) = decided.rows(f"""
        select state, is_undone, state_reason from intermediate.int_identity_links
        where from_identity_id = '{identity_id(cast.mine)}'
    """)

    assert row == ("undone", True, "A curator: not hers")
    assert identity_id(cast.mine) not in users(decided)


def test_a_self_claim_outranks_a_later_split_by_a_curator(decided: World, cast: Cast) -> None:
    assert users(decided)[identity_id(cast.office)] == identity_id(cast.claimer)


def test_two_accounts_become_one_person_called_by_the_older_one(decided: World, cast: Cast) -> None:
    assert users(decided)[identity_id(cast.younger)] == identity_id(cast.claimer)
