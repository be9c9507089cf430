"""Bounties: every row of the price list with its cap, what earns nothing, and the ledger."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from observer.cli.main import cli
from observer.insights.bounties.estimate import Estimate, estimate
from observer.insights.bounties.ledger import check_ledger, read_ledger
from observer.insights.bounties.prices import PriceList, Work, price_list_of
from observer.insights.checking.specs import check_spec
from observer.insights.item import find_item, load_items
from observer.model.directory import BlockchainAddress, Directory, Project, Revision, Url

LIBRARY = Path(__file__).parents[3] / "insights"
ITEM = find_item(load_items(LIBRARY), "bounty/directory-additions")
PRICES = price_list_of(ITEM)


def address(number: int, *tags: str, networks: tuple[str, ...] = ("optimism",)) -> BlockchainAddress:
    return BlockchainAddress(f"0x{number:040X}", tags, networks, None, 9)


def project(name: str, *github: str, npm: tuple[str, ...] = (), chain: tuple[BlockchainAddress, ...] = ()) -> Project:
    def urls(*places: str) -> tuple[Url, ...]:
        return tuple(Url(place, line) for line, place in enumerate(places, start=4))

    return Project(
        name=name,
        display_name=name.title(),
        path=f"projects/{name[0]}/{name}.yaml",
        github=urls(*(f"https://github.com/{place}" for place in github)),
        npm=urls(*(f"https://www.npmjs.com/package/{place}" for place in npm)),
        blockchain=chain,
    )


def directory(*projects: Project) -> Directory:
    return Directory(projects, (), Revision(digest=""))


def change(old: Project, new: Project) -> Estimate:
    return estimate(directory(old), directory(new), PRICES)


def lines(made: Estimate) -> list[tuple[Work, int, str, bool]]:
    return [(line.work, line.count, str(line.reward), line.is_capped) for line in made.lines]


def test_the_price_list_is_that_of_the_specification() -> None:
    told = {price.work.value: (str(price.reward), str(price.cap_per_project)) for price in PRICES.prices}

    assert PRICES.currency == "USD"
    assert told == {
        "new_project": ("1.00", "None"),
        "github_owner": ("0.50", "2.00"),
        "github_repository": ("0.10", "1.00"),
        "npm_package": ("0.10", "1.00"),
        "wallet": ("0.50", "5.00"),
        "deployer": ("0.50", "5.00"),
        "contract": ("0.10", "5.00"),
        "extra_network": ("0.05", "1.00"),
    }


def test_each_new_project_earns_its_price_without_a_limit() -> None:
    made = estimate(directory(), directory(*(project(f"p{n}", f"owner{n}") for n in range(30))), PRICES)

    assert {line.work for line in made.lines} == {Work.NEW_PROJECT}
    assert made.total == Decimal("30.00")


@pytest.mark.parametrize(
    ("work", "count", "below", "cap"),
    [
        (Work.GITHUB_OWNER, 4, "1.50", "2.00"),
        (Work.GITHUB_REPOSITORY, 10, "0.90", "1.00"),
        (Work.NPM_PACKAGE, 10, "0.90", "1.00"),
        (Work.WALLET, 10, "4.50", "5.00"),
        (Work.DEPLOYER, 10, "4.50", "5.00"),
        (Work.CONTRACT, 50, "4.90", "5.00"),
        (Work.EXTRA_NETWORK, 20, "0.95", "1.00"),
    ],
)
def test_every_row_pays_each_entry_up_to_its_cap(work: Work, count: int, below: str, cap: str) -> None:
    tags = {Work.WALLET: ("wallet", "safe"), Work.DEPLOYER: ("deployer", "eoa"), Work.CONTRACT: ("factory",)}
    networks = tuple(f"network_{n}" for n in range(count + 1))

    def grown(entries: int) -> Estimate:
        old = project("a", "owner", chain=(address(0, "contract"),))
        github = {
            Work.GITHUB_OWNER: tuple(f"owner-{n}" for n in range(entries)),
            Work.GITHUB_REPOSITORY: tuple(f"other/repo-{n}" for n in range(entries)),
        }.get(work, ())
        npm = tuple(f"package-{n}" for n in range(entries)) if work is Work.NPM_PACKAGE else ()
        chain = tuple(address(n + 1, *tags[work]) for n in range(entries)) if work in tags else ()
        first = address(0, "contract", networks=("optimism", *networks[:entries]))
        kept = first if work is Work.EXTRA_NETWORK else address(0, "contract")
        return change(old, project("a", "owner", *github, npm=npm, chain=(kept, *chain)))

    assert lines(grown(count - 1)) == [(work, count - 1, below, False)]
    assert lines(grown(count)) == [(work, count, cap, False)]
    assert lines(grown(count + 1)) == [(work, count + 1, cap, True)]


def test_caps_are_those_of_each_project() -> None:
    packages = {name: tuple(f"{name}-{n}" for n in range(20)) for name in "ab"}
    old = directory(project("a", "x"), project("b", "y"))

    made = estimate(old, directory(project("a", "x", npm=packages["a"]), project("b", "y", npm=packages["b"])), PRICES)

    assert made.total == Decimal("2.00")


def test_a_new_project_includes_its_first_github_entry_and_is_paid_for_the_others() -> None:
    made = estimate(directory(), directory(project("a", "acme", "acme-labs", "else/where", npm=("acme",))), PRICES)

    assert lines(made) == [
        (Work.NEW_PROJECT, 1, "1.00", False),
        (Work.GITHUB_OWNER, 1, "0.50", False),
        (Work.GITHUB_REPOSITORY, 1, "0.10", False),
        (Work.NPM_PACKAGE, 1, "0.10", False),
    ]
    assert made.total == Decimal("1.70")


def test_repositories_inside_a_listed_organisation_earn_nothing() -> None:
    made = change(project("a", "acme"), project("a", "acme", "acme/tool"))

    assert made.lines == ()
    assert [(f.entry, f.note) for f in made.findings] == [("acme/tool", "inside acme, which the project lists")]


def test_moved_renamed_and_respelled_entries_earn_nothing() -> None:
    chain = (address(0xAB, "wallet", "eoa"),)
    old = directory(project("a", "acme", "else/where", chain=chain), project("b", "other"))
    respelled = project(
        "b",
        "other",
        "Else/Where.git",
        chain=(BlockchainAddress(chain[0].address.lower(), ("wallet", "eoa"), ("optimism",), None, 9),),
    )

    moved = estimate(old, directory(project("a", "acme"), respelled), PRICES)
    renamed = estimate(
        old, directory(project("acme-two", "acme", "else/where", chain=chain), project("b", "other")), PRICES
    )

    assert moved.lines == renamed.lines == ()
    assert [f.note for f in renamed.findings] == ["some of its entries were listed before"]


def test_an_address_earns_once_with_all_its_networks_and_as_the_dearest_of_its_tags() -> None:
    chain = (
        address(1, "wallet", "eoa", "deployer", networks=("optimism", "base")),
        address(1, "contract", networks=("mainnet",)),
        address(2, "eoa"),
    )

    made = change(project("a", "acme"), project("a", "acme", chain=chain))

    assert lines(made) == [(Work.WALLET, 1, "0.50", False)]
    assert [f.note for f in made.findings if f.work is None] == [
        "its tags are not wallet with eoa or safe, deployer with eoa, contract or factory"
    ]


def test_a_network_is_marked_as_paid_for_activity_alone() -> None:
    old = project("a", "acme", chain=(address(1, "contract"),))

    made = change(old, project("a", "acme", chain=(address(1, "contract", networks=("optimism", "base")),)))

    assert [(f.work, f.note) for f in made.findings] == [
        (Work.EXTRA_NETWORK, "paid only where the address is active on the network")
    ]


def test_what_was_earned_before_counts_towards_the_cap() -> None:
    old, new = project("a", "x"), project("a", "x", npm=("one", "two", "three"))

    made = estimate(directory(old), directory(new), PRICES, {("a", Work.NPM_PACKAGE): Decimal("0.80")})

    assert lines(made) == [(Work.NPM_PACKAGE, 3, "0.20", True)]


def test_work_without_a_price_earns_nothing() -> None:
    prices = PriceList.model_validate({"currency": "USD", "prices": [{"work": "wallet", "reward": 1}]})

    made = estimate(directory(), directory(project("a", "acme")), prices)

    assert made.total == Decimal("0.00") and made.lines[0].count == 1


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ({"currency": "USD", "prices": [{"work": "walet", "reward": 1}]}, "spec.prices.0.work"),
        ({"currency": "USD", "prices": [{"work": "wallet", "reward": 0.005}]}, "two digits"),
        ({"currency": "USD", "prices": [{"work": "wallet", "reward": 1, "cap_per_project": 0.5}]}, "less than one"),
        ({"currency": "USD", "prices": [{"work": "wallet", "reward": 1}] * 2}, "wallet has two prices"),
        ({"currency": "USD"}, "'spec.prices' is missing"),
    ],
)
def test_a_faulty_price_list_is_refused(tmp_path: Path, spec: dict[str, Any], told: str) -> None:
    front = yaml.safe_load(ITEM.path.read_text().split("---\n")[1]) | {"spec": spec}
    path = tmp_path / "community/bounties/list.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(f"---\n{json.dumps(front, indent=1, default=str)}\n---\n")

    (item,) = load_items(tmp_path)

    assert [told in str(problem) for problem in check_spec(item, (), {})] == [True]


ENTRY: dict[str, Any] = {
    "number": 1,
    "date": "2026-11-01",
    "change": "https://github.com/example/directory/pull/1",
    "contributor": "ada",
    "claims": [{"project": "a", "work": "npm_package", "count": 8, "reward": 0.8}],
    "total": 0.8,
    "status": "paid",
    "reviewer": "grace",
    "paid_on": "2026-11-03",
}
SECOND = ENTRY | {
    "number": 2,
    "change": "https://github.com/example/directory/pull/2",
    "claims": [{"project": "a", "work": "npm_package", "count": 5, "reward": 0.2}],
    "total": 0.2,
}


def ledger(folder: Path, *entries: dict[str, Any]) -> Path:
    path = folder / "ledger.yaml"
    path.write_text(json.dumps({"entries": list(entries)}, indent=1))
    return path


def test_a_ledger_in_order_passes_and_tells_what_was_earned(tmp_path: Path) -> None:
    path = ledger(
        tmp_path,
        ENTRY,
        SECOND,
        SECOND | {"number": 3, "change": "https://example.org/3", "status": "refused", "paid_on": None},
    )

    assert list(check_ledger(path, "ledger.yaml", PRICES)) == []
    assert read_ledger(path, "ledger.yaml")[0].earned() == {("a", Work.NPM_PACKAGE): Decimal("1.00")}


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"number": 4}, "the number is 4, not 2"),
        ({"change": ENTRY["change"]}, "claimed by entry 1 already"),
        ({"total": 0.5}, "the claims make 0.20, not 0.50"),
        ({"reviewer": "ada"}, "do not review themselves"),
        ({"reviewer": None}, "nobody reviewed what is paid"),
        ({"paid_on": None}, "'paid_on' is told exactly where"),
        ({"paid_on": "2026-10-01"}, "before the claim"),
        ({"claims": [SECOND["claims"][0] | {"reward": 0.5}], "total": 0.5}, "5 npm_package of a earn 0.20, not 0.50"),
    ],
)
def test_a_ledger_that_does_not_add_up_is_refused(tmp_path: Path, changed: dict[str, Any], told: str) -> None:
    path = ledger(tmp_path, ENTRY, SECOND | changed)

    problems = list(check_ledger(path, "ledger.yaml", PRICES))

    assert [told in problem.what for problem in problems] == [True], problems
    assert problems[0].line is not None and problems[0].line > 1


def test_the_bounties_that_come_with_the_observatory_pass_their_checks() -> None:
    assert list(check_spec(ITEM, (), {})) == []


def test_the_command_reads_two_folders_and_tells_the_total(tmp_path: Path) -> None:
    def write(state: str, *github: str) -> str:
        path = tmp_path / state / "data/projects/a/acme.yaml"
        path.parent.mkdir(parents=True)
        urls = [{"url": f"https://github.com/{place}"} for place in github]
        path.write_text(yaml.safe_dump({"version": 7, "name": "acme", "display_name": "Acme", "github": urls}))
        return str(tmp_path / state)

    base, head = write("base", "acme"), write("head", "acme", "acme-labs")

    done = CliRunner().invoke(cli, ["insights", "bounty", "estimate", base, head, "--json"])

    assert done.exit_code == 0, done.output
    told = json.loads(done.output)
    assert (told["total"], told["lines"][0]["work"]) == ("0.50", "github_owner")
