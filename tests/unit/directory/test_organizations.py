"""Declarations about organizations are read with their line, and what is wrong with them is said."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from observer.directory.organizations import SHARED_DOMAINS, load_organizations, organization_rows
from observer.directory.people_files import Identity
from observer.errors import ContentError

HASH = "0a4d55a8d778e5022fab701977c5d840bbc486d0"
ACME = f"""version: 1
name: acme
display_name: Acme Corporation
domains:
  - Acme.com
  - {{domain: acme.io, since: "2019-01-01", until: "2022-06-30"}}
people:
  - who: github:Ada
    since: "2021-03-01"
    until: "2023-06-30"
    reason: She told us in the contributors' survey.
    author: github:ada
    claim: self
  - who: github-id:42
    until: "2023-06-30"
    reason: Named on the website.
    author: A curator
  - who: email:{HASH}@Example.org
    reason: Named on the website.
    author: A curator
"""
ALONE = """version: 1
name: independent
display_name: Independent
independent: true
people:
  - who: github:grace
    reason: She works for herself.
    author: github:grace
    claim: self
"""
OTHER = """version: 1
name: other
display_name: Other
"""


def write(folder: Path, **files: str) -> Path:
    content = folder / "organizations"
    content.mkdir(exist_ok=True)
    for name, text in files.items():
        (content / f"{name}.yaml").write_text(text, encoding="utf-8")
    return content


def problems(folder: Path, **files: str) -> list[str]:
    with pytest.raises(ContentError) as error:
        load_organizations(write(folder, **files))
    return [str(problem) for problem in error.value.problems]


def test_a_folder_that_does_not_exist_has_no_organizations(tmp_path: Path) -> None:
    assert load_organizations(tmp_path / "organizations") == ()
    assert organization_rows(()).num_rows == 0


def test_an_organization_has_domains_and_people(tmp_path: Path) -> None:
    acme, alone = load_organizations(write(tmp_path, acme=ACME, independent=ALONE))

    assert (acme.name, acme.display_name, acme.is_independent, acme.line) == ("acme", "Acme Corporation", False, 2)
    assert [(domain.domain, domain.line) for domain in acme.domains] == [("acme.com", 5), ("acme.io", 6)]
    assert [person.identity for person in acme.people] == [
        Identity("GITHUB", login="ada"),
        Identity("GITHUB", account_id=42),
        Identity("GIT_EMAIL", email_hash=HASH, email_domain="example.org"),
    ]
    assert [person.is_self_claim for person in acme.people] == [True, False, False]
    assert (alone.name, alone.is_independent, alone.domains, len(alone.people)) == ("independent", True, (), 1)


def test_each_domain_and_person_is_a_row(tmp_path: Path) -> None:
    rows = organization_rows(load_organizations(write(tmp_path, acme=ACME, independent=ALONE))).to_pylist()

    keys = [f"organizations/acme.yaml#L{line}" for line in (5, 6, 8, 14, 18)] + ["organizations/independent.yaml#L6"]
    assert [row["declaration_key"] for row in rows] == keys
    assert [row["_record_ref"] for row in rows] == keys
    assert [row["kind"] for row in rows] == ["domain"] * 2 + ["person"] * 4
    assert [row["is_independent"] for row in rows] == [False] * 5 + [True]
    acme = {"organization_name": "acme", "display_name": "Acme Corporation", "is_independent": False}
    assert rows[1] == acme | {
        "declaration_key": keys[1],
        "kind": "domain",
        "domain": "acme.io",
        **dict.fromkeys(("source", "login", "account_id", "email_hash", "email_domain", "reason", "author")),
        "start_date": date(2019, 1, 1),
        "end_date": date(2022, 6, 30),
        "is_self_claim": False,
        "path": "organizations/acme.yaml",
        "line": 6,
        "_record_ref": keys[1],
    }
    assert rows[2] == acme | {
        "declaration_key": keys[2],
        "kind": "person",
        "source": "GITHUB",
        "login": "ada",
        **dict.fromkeys(("domain", "account_id", "email_hash", "email_domain")),
        "start_date": date(2021, 3, 1),
        "end_date": date(2023, 6, 30),
        "reason": "She told us in the contributors' survey.",
        "author": "github:ada",
        "is_self_claim": True,
        "path": "organizations/acme.yaml",
        "line": 8,
        "_record_ref": keys[2],
    }


def test_a_day_that_is_left_out_is_open(tmp_path: Path) -> None:
    rows = organization_rows(load_organizations(write(tmp_path, acme=ACME))).to_pylist()

    assert [(row["start_date"], row["end_date"]) for row in rows] == [
        (None, None),
        (date(2019, 1, 1), date(2022, 6, 30)),
        (date(2021, 3, 1), date(2023, 6, 30)),
        (None, date(2023, 6, 30)),
        (None, None),
    ]


def test_declarations_on_one_line_have_keys_of_their_own(tmp_path: Path) -> None:
    text = OTHER + "domains: [other.com, other.org, other.net]\n"
    rows = organization_rows(load_organizations(write(tmp_path, other=text)))

    place = "organizations/other.yaml#L4"
    assert rows["declaration_key"].to_pylist() == [place, f"{place}.2", f"{place}.3"]
    assert rows["line"].to_pylist() == [4, 4, 4]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("version: 1", "version: 2", ":1: 'version' is not 1"),
        ("version: 1", "version: 1\nextra: 1", ":2: unknown key 'extra'; one of display_name, domains, independent,"),
        ("name: acme\n", "", ":1: 'name' is missing"),
        ("name: acme\n", "name: Acme\n", ":2: 'Acme' is no name of an organization; write lower case letters"),
        ("name: acme\n", "name: ACME corp\n", ":2: 'ACME corp' is no name of an organization"),
        ("name: acme\n", "name: other\n", ":2: the name 'other' is not that of the file; call the file other.yaml"),
        ("display_name: Acme Corporation\n", "", ":1: 'display_name' is missing"),
        ("name: acme\n", "name: acme\nindependent: maybe\n", ":3: 'independent' is true or false"),
        (
            "name: acme\n",
            "name: acme\nindependent: true\n",
            ":5: an address shows nobody to be independent; leave 'domains' out, or 'independent'",
        ),
        ("  - Acme.com\n", "  - Acme\n", ":5: 'Acme' is no domain; write it like example.org"),
        ("  - Acme.com\n", "  - https://acme.com\n", ":5: 'https://acme.com' is no domain"),
        ("  - Acme.com\n", "  - acme com.org\n", ":5: 'acme com.org' is no domain"),
        ("  - Acme.com\n", "  - acme.com.\n", ":5: 'acme.com.' is no domain"),
        ("  - Acme.com\n", "  - -acme.com\n", ":5: '-acme.com' is no domain"),
        ("  - Acme.com\n", "  - '*.acme.com'\n", ":5: '*.acme.com' is no domain"),
        ("  - Acme.com\n", "  - 10.1.2.3\n", ":5: '10.1.2.3' is no domain"),
        ("  - Acme.com\n", "  - ''\n", ":5: '' is no domain"),
        ("  - Acme.com\n", "  - ada@acme.com\n", ":5: '…@acme.com' is no domain"),
        ("  - Acme.com\n", "  - [acme.com]\n", ":5: a domain is a text, or a mapping with 'domain'"),
        (
            "  - Acme.com\n",
            "  - Gmail.com\n",
            ":5: people of many employers have addresses at 'gmail.com'; declare each of them under 'people'",
        ),
        ("{domain: acme.io, ", "{", ":6: 'domain' is missing"),
        ("{domain: acme.io, ", "{domain: acme.io, from: x, ", ":6: unknown key 'from'; one of domain, since, until"),
        ('"2019-01-01"', '"2023-01-01"', ":6: 'until' is before 'since'; 'since' is the first day, 'until' the last"),
        ('"2019-01-01"', "then", ":6: 'since' is no date; write it like 2026-05-01"),
        ('    since: "2021-03-01"\n', "    since:\n", ":9: 'since' is no date"),
        ('    since: "2021-03-01"\n', '    since: "2024-01-01"\n', ":10: 'until' is before 'since'"),
        ("who: github:Ada", "who: gitlab:ada", ":8: 'gitlab:ada' is no identity; write github:<login>, github-id:"),
        ("who: github:Ada\n    since", "since", ":8: 'who' is missing"),
        ("    reason: She told us in the contributors' survey.\n", "", ":8: 'reason' is missing"),
        ("    author: github:ada\n", "", ":8: 'author' is missing"),
        ("claim: self", "claim: mine", ":13: 'claim' is self or curator"),
        ("claim: self", "because: x", ":13: unknown key 'because'; one of author, claim, reason, since, until, who"),
        (
            "  - who: github-id:42\n",
            "  - github-id:42\n  - who: github-id:42\n",
            ":14: a person is a mapping with 'who'",
        ),
        ("    claim: self\n", "    claim: self\n    claim: self\n", ":14: key 'claim' again; it is on line 13 already"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, old: str, new: str, problem: str) -> None:
    assert ACME.count(old)
    (found,) = problems(tmp_path, acme=ACME.replace(old, new, 1))

    assert found.startswith(f"organizations/acme.yaml{problem}")


@pytest.mark.parametrize("rest", ["", "domains: []\npeople:\n"])
def test_an_organization_says_what_shows_that_somebody_belongs_to_it(tmp_path: Path, rest: str) -> None:
    assert problems(tmp_path, other=OTHER + rest) == [
        "organizations/other.yaml:1: neither 'domains' nor 'people'; say what shows that somebody belongs to it"
    ]


@pytest.mark.parametrize("key", ["domains", "people"])
def test_domains_and_people_are_lists(tmp_path: Path, key: str) -> None:
    assert problems(tmp_path, other=f"{OTHER}{key}: other.com\n") == [
        f"organizations/other.yaml:4: '{key}' is not a list"
    ]


@pytest.mark.parametrize("name", ["independent", "unknown"])
def test_a_reserved_name_is_only_for_people_who_belong_to_none(tmp_path: Path, name: str) -> None:
    text = ALONE.replace("name: independent", f"name: {name}")

    (organization,) = load_organizations(write(tmp_path, **{name: text}))
    assert organization.is_independent
    (problem,) = problems(tmp_path, **{name: text.replace("independent: true\n", "")})
    assert problem.startswith(f"organizations/{name}.yaml:2: the name '{name}' is reserved; take another one")
    assert "'independent: true'" in problem


@pytest.mark.parametrize("domain", sorted(SHARED_DOMAINS))
def test_domains_of_mail_providers_are_refused(tmp_path: Path, domain: str) -> None:
    (problem,) = problems(tmp_path, other=f"{OTHER}domains: [{domain}]\n")

    assert f":4: people of many employers have addresses at '{domain}'" in problem


def test_the_forge_itself_is_an_employer(tmp_path: Path) -> None:
    (organization,) = load_organizations(write(tmp_path, other=f"{OTHER}domains: [github.com]\n"))

    assert [domain.domain for domain in organization.domains] == ["github.com"]


def test_a_name_stands_in_one_file(tmp_path: Path) -> None:
    (write(tmp_path, other=f"{OTHER}domains: [other.com]\n") / "more").mkdir()
    (found,) = problems(tmp_path, **{"more/other": f"{OTHER}domains: [other.org]\n"})

    assert found == (
        "organizations/other.yaml:2: the name 'other' stands at organizations/more/other.yaml:2 already; "
        "one organization, one file"
    )


def test_a_domain_and_a_person_belong_to_one_organization_a_day(tmp_path: Path) -> None:
    person = "{who: github:ADA, since: '2023-06-30', reason: x, author: x, claim: self}"
    other = f"{OTHER}domains:\n  - {{domain: ACME.io, since: '2022-06-30'}}\npeople:\n  - {person}\n"
    hint = "already, with days in common; end one with 'until' before the other begins with 'since'"

    assert problems(tmp_path, acme=ACME, other=other) == [
        f"organizations/other.yaml:5: 'acme.io' stands at organizations/acme.yaml:6 {hint}",
        f"organizations/other.yaml:7: the same person stands at organizations/acme.yaml:8 {hint}",
    ]
    later = other.replace("2023-06-30", "2023-07-01").replace("2022-06-30", "2022-07-01")
    assert len(load_organizations(write(tmp_path, acme=ACME, other=later))) == 2
    curated = other.replace(", claim: self", "").replace("2022-06-30", "2022-07-01")
    assert len(load_organizations(write(tmp_path, acme=ACME, other=curated))) == 2


def test_the_problems_of_all_files_are_told_together(tmp_path: Path) -> None:
    broken = ACME.replace("version: 1", "version: 3").replace("Acme.com", "acme").replace("claim: self", "claim: me")
    found = problems(tmp_path, acme=broken, other=OTHER, third="version: [", twice=OTHER + "domains: [acme.io]\n")

    assert [problem.partition("; ")[0] for problem in found] == [
        "organizations/acme.yaml:1: 'version' is not 1",
        "organizations/acme.yaml:5: 'acme' is no domain",
        "organizations/acme.yaml:13: 'claim' is self or curator",
        "organizations/other.yaml:1: neither 'domains' nor 'people'",
        found[4],
        "organizations/twice.yaml:2: the name 'other' is not that of the file",
        "organizations/twice.yaml:2: the name 'other' stands at organizations/other.yaml:2 already",
        "organizations/twice.yaml:4: 'acme.io' stands at organizations/acme.yaml:6 already, with days in common",
    ]
    assert found[4].startswith("organizations/third.yaml:")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("github:Ada", "{}"),
        ("Acme.com", "{}"),
        ("name: acme", "name: {}"),
        ("since: ", "{}: "),
        ("2021-03-01", "{}"),
        ("claim: self", "claim: {}"),
        ("version: 1", "version: {}"),
        ("claim: self", "{0}: 1\n    {0}: 2"),
    ],
)
@pytest.mark.parametrize(
    "address", ["Secret.Name@example.org", "Eve <Secret.Name@example.org>", "x" * 70 + " Secret.Name@example.org"]
)
def test_a_plain_address_is_not_repeated_in_a_message(tmp_path: Path, old: str, new: str, address: str) -> None:
    found = problems(tmp_path, acme=ACME.replace(old, new.format(address), 1))

    assert "secret" not in "\n".join(found).lower()


def test_the_hint_for_a_plain_address_tells_its_hash(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, acme=ACME.replace("github:Ada", "ada@example.org"))

    assert found.endswith(
        ":8: a plain e-mail address; write email:e4ea294c062c525643df036a35ca579b905fa400@example.org"
    )


DAYS = [date(2024, 1, 1) + timedelta(days=day) for day in range(6)]
PERIODS = st.tuples(st.none() | st.sampled_from(DAYS), st.none() | st.sampled_from(DAYS)).filter(
    lambda period: period[0] is None or period[1] is None or period[0] <= period[1]
)
SUBJECTS = ["acme.com", "acme.org", ("github:ada", "self"), ("github:ada", "curator"), ("github-id:1", "curator")]
DECLARATIONS = st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(SUBJECTS), PERIODS), min_size=2, max_size=5)


@settings(max_examples=150, deadline=None)
@given(DECLARATIONS)
def test_two_are_refused_exactly_when_they_have_a_common_day(
    declared: list[tuple[str, str | tuple[str, str], tuple[date | None, date | None]]],
) -> None:
    def is_valid(period: tuple[date | None, date | None], day: date) -> bool:
        return (period[0] or day) <= day <= (period[1] or day)

    # Before the first and after the last of the days nothing but what is open is valid.
    days = [DAYS[0] - timedelta(days=1), *DAYS, DAYS[-1] + timedelta(days=1)]
    is_clash = any(
        one[1] == other[1] and any(is_valid(one[2], day) and is_valid(other[2], day) for day in days)
        for one, other in combinations(declared, 2)
    )
    texts = {
        name: [each[1:] for each in declared if each[0] == name] for name in sorted({each[0] for each in declared})
    }
    with tempfile.TemporaryDirectory() as folder:
        content = write(Path(folder), **{name: _file(name, found) for name, found in texts.items()})
        if is_clash:
            with pytest.raises(ContentError, match="with days in common"):
                load_organizations(content)
        else:
            rows = organization_rows(load_organizations(content))
            assert rows.num_rows == len(declared)
            assert len(set(rows["declaration_key"].to_pylist())) == len(declared)


def _file(name: str, declared: Sequence[tuple[str | tuple[str, str], tuple[date | None, date | None]]]) -> str:
    lists: dict[str, list[str]] = {"domains": [], "people": []}
    for subject, (since, until) in declared:
        days = "".join(f', {key}: "{day}"' for key, day in (("since", since), ("until", until)) if day)
        if isinstance(subject, str):
            lists["domains"].append(f"  - {{domain: {subject}{days}}}")
        else:
            who, claim = subject
            lists["people"].append(f"  - {{who: {who}, claim: {claim}, reason: x, author: x{days}}}")
    text = "\n".join(line for key, lines in lists.items() if lines for line in (f"{key}:", *lines))
    return f"version: 1\nname: {name}\ndisplay_name: {name}\n{text}\n"
