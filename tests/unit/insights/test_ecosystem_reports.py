"""Ecosystem reports: what they tell equals the API, unknown stays unknown, names are text, editions are whole."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import feedparser
import pytest
from starlette.testclient import TestClient

from observer.cli.insights_report import after_release
from observer.cli.report_figures import ReleaseFigures
from observer.errors import ContentError, NotFoundError
from observer.insights.checking.specs import check_spec
from observer.insights.item import load_items
from observer.insights.kind import ItemKind
from observer.insights.reports.apart import written_apart
from observer.insights.reports.charts import draw
from observer.insights.reports.edition import Edition, EditionStore, numbers_csv
from observer.insights.reports.facts import gather, spread_of
from observer.insights.reports.figures import METRICS, WINDOWS, WORK, Funding, Known, Standing, Subject, Word
from observer.insights.reports.make import is_due, make_edition
from observer.insights.reports.page import page_html
from observer.insights.reports.pdf import report_pdf
from observer.insights.reports.sample import sample_facts
from observer.insights.reports.spec import STANDARD, Every, check_report, is_ecosystem_report, plain_plan
from observer.insights.reports.text import percent, written
from observer.insights.reports.write import Chart, Table, blocks_named, blocks_of, table_of
from observer.model.table import EntityType
from observer.postgres import PostgresUrls
from observer.query.read_model import ReadModel
from observer.server import create_app
from observer.settings import ReportSettings
from observer.web.app import WebSettings

LIBRARY = Path(__file__).resolve().parents[3] / "insights"
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def made(
    sample_release: tuple[PostgresUrls, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[TestClient, EditionStore, Edition]]:
    """The report on a collection of the sample, and the site that shows it."""
    urls, folder = sample_release
    store = EditionStore(tmp_path_factory.mktemp("reports"))
    settings = WebSettings("Test", lambda: NOW, "1", "https://observer.example", reports=store.folder)
    with ReadModel(urls.reader, folder) as model:
        edition = make_edition(plain_plan("everything"), ReleaseFigures(model), LIBRARY, store, lambda: NOW)
    with TestClient(create_app(ReadModel(urls.reader, folder), settings)) as client:
        yield client, store, edition


def test_the_numbers_of_a_report_are_those_of_the_api(made: tuple[TestClient, EditionStore, Edition]) -> None:
    client, _, edition = made
    told = {(metric, grain): amount for metric, by in edition.numbers.items() for grain, amount in by.items()}
    asked = client.get("/api/v1/key-metrics", params={"entity": "collection/everything"}).json()["data"]
    answered = {(each["metric"], each["grain"]): each["amount"] for each in asked if each["metric"] in METRICS}

    assert told.keys() == answered.keys() and len(told) >= 8
    assert told == answered
    rows = [row.split(",") for row in client.get("/blog/everything/1/numbers.csv").text.splitlines()[1:]]
    projects = {row[1] for row in rows if row[0] == "project"}
    assert projects
    for name in projects:
        asked = client.get("/api/v1/key-metrics", params={"entity": f"project/{name}"}).json()["data"]
        answers = {each["metric"]: each["amount"] for each in asked if each["grain"] == "rolling_180_days"}
        own = {row[2]: float(row[4]) if row[4] else None for row in rows if row[:2] == ["project", name]}
        assert own == {metric: answers[metric] for metric in own}


def test_the_blog_shows_page_pdf_numbers_charts_and_feed(made: tuple[TestClient, EditionStore, Edition]) -> None:
    client, _, edition = made
    page = client.get("/blog/everything")
    assert page.status_code == 200
    assert "In short" in page.text and "{{" not in page.text and "{observatory}" not in page.text
    for chart in edition.charts:
        picture = client.get(f"/blog/everything/1/charts/{chart}.svg")
        assert f"https://observer.example/blog/everything/1/charts/{chart}.svg" in page.text
        assert picture.headers["content-type"].startswith("image/svg+xml")
        assert "sandbox" in picture.headers["content-security-policy"]
    pdf = client.get("/blog/everything/1/report.pdf")
    assert pdf.headers["content-type"] == "application/pdf" and pdf.content.startswith(b"%PDF-")
    feed = feedparser.parse(client.get("/blog/feed.xml").content)
    assert not feed.bozo
    (entry,) = feed.entries
    assert entry.link == "https://observer.example/blog/everything/1"
    assert entry.enclosures[0].href.endswith("/report.pdf")
    assert "Everything" in client.get("/blog").text


@pytest.mark.parametrize(
    "path",
    [
        *("/blog/none", "/blog/everything/2", "/blog/everything/1/edition.json", "/blog/everything/one"),
        *("/blog/everything/1/charts/..%2Fedition.json", "/blog/..%2F..%2Fetc/1/report.pdf"),
    ],
)
def test_what_is_no_report_is_not_found(made: tuple[TestClient, EditionStore, Edition], path: str) -> None:
    assert made[0].get(path).status_code == 404


def test_a_collection_that_the_release_lacks_makes_no_report(
    sample_release: tuple[PostgresUrls, Path], tmp_path: Path
) -> None:
    with (
        ReadModel(sample_release[0].reader, sample_release[1]) as model,
        pytest.raises(NotFoundError, match="no collection 'nowhere'"),
    ):
        make_edition(plain_plan("nowhere"), ReleaseFigures(model), LIBRARY, EditionStore(tmp_path), lambda: NOW)
    assert not list(tmp_path.iterdir())


def test_a_second_edition_tells_what_has_changed(
    sample_release: tuple[PostgresUrls, Path], made: tuple[TestClient, EditionStore, Edition]
) -> None:
    edition = made[2]
    numbers = {name: dict(by) for name, by in edition.numbers.items()}
    numbers["commits"]["all"] = (numbers["commits"]["all"] or 0) - 5
    before = replace(edition, release=0, numbers=numbers, members={"gone": "Gone"})
    with ReadModel(sample_release[0].reader, sample_release[1]) as model:
        facts = gather(ReleaseFigures(model), "everything", before.earlier())

    assert facts.since is not None
    assert [(each.metric, each.grain.value) for each in facts.since.changed] == [("commits", "all")]
    assert facts.since.left == ("Gone",)
    text = written(STANDARD, facts, LIBRARY)
    assert "1 number of the collection has changed" in text and "no longer in it: **Gone**" in text


@pytest.mark.parametrize(
    ("amounts", "half"), [([40.0, 2.0, None], 1), ([1, 1, 1, 1], 2), ([0, 0], 0), ([], 0), ([None], 0), ([3, 0, 3], 1)]
)
def test_the_spread_is_that_of_known_amounts(amounts: list[float | None], half: int) -> None:
    spread = spread_of(amounts)
    known = [amount for amount in amounts if amount is not None]

    assert (spread.known, spread.unknown, spread.half) == (len(known), len(amounts) - len(known), half)
    if sum(known):
        # The mean difference of all pairs over twice the mean is the Gini coefficient (Gini 1912).
        pairs = sum(abs(a - b) for a, b in combinations(known, 2))
        assert spread.gini == pytest.approx(pairs / (len(known) * sum(known)))
    else:
        assert spread.gini is None


def test_months_with_an_unknown_one_have_no_sum() -> None:
    facts = sample_facts()
    assert facts.last_months(WORK, 3) == 10 + 11 + 12
    assert facts.last_months(WORK, 3, 3) == 7 + 8 + 9
    assert facts.last_months(WORK, 13) is None
    buckets = [replace(each, amount=None) if each.first_day.month == 11 else each for each in facts.months[WORK]]
    gap = replace(facts, months={WORK: buckets})
    assert gap.last_months(WORK, 3) is None and gap.last_months(WORK, 1) == 12
    assert "cannot be told" in written(STANDARD, gap, LIBRARY)


def test_awards_are_counted_and_givers_without_a_name_are_not_called_anything() -> None:
    funding = (
        Funding("small", "A", 10.0, "round 1", 2),
        Funding("large", "B", 900.0, None, 3),
        Funding(None, "A", 50.0, "round 2", 40),
        Funding("small", "B", None, "round 1"),
    )
    facts = replace(sample_facts(), funding=funding)
    text = " ".join(written(STANDARD, facts, LIBRARY).split())

    assert "46 awards to projects of the collection, by **large** and **small**, and by givers whom no source" in text
    assert "add up to 960 USD" in text
    assert table_of("funding", facts).rows == (
        ("B", "large", "–", 3.0, 900.0),
        ("A", "not named", "round 2", 40.0, 50.0),
        ("A", "small", "round 1", 2.0, 10.0),
    )
    nameless = " ".join(written(STANDARD, replace(facts, funding=funding[2:3]), LIBRARY).split())
    assert "40 awards to projects of the collection, by givers whom no source names. Those" in nameless


def test_projects_of_which_nothing_is_known_are_named_once_and_not_in_rows() -> None:
    facts = sample_facts()
    table = table_of("projects", facts)
    page = page_html([table], {}, "/blog/x/1")
    nothing = replace(facts, projects=facts.projects[2:])

    assert [row[0] for row in table.rows] == ["A", "B"]
    assert table.title.startswith("2 of 3 projects") and table.note == "Of 1 project nothing is known: C."
    assert page.count("<tr>") == 3 and "<p>Of 1 project nothing is known: C.</p>" in page
    assert "<table" not in page_html([table_of("projects", nothing)], {}, "/blog/x/1")
    blocks = blocks_of(written(STANDARD, nothing, LIBRARY), nothing)
    assert any(isinstance(block, Table) and block.note for block in blocks)
    assert report_pdf("x", "x", "x", blocks, {}, NOW).startswith(b"%PDF")


def test_a_report_says_how_much_was_seen() -> None:
    facts = sample_facts()
    whole = replace(facts, seen={WORK: 1.0})

    assert "25\u00a0% were seen" in written(STANDARD, facts, LIBRARY)
    assert "were seen" not in written(STANDARD, whole, LIBRARY)
    assert {row[-1] for row in table_of("numbers", facts).rows} == {25.0}
    assert [row[-1] for row in table_of("leaders", facts).rows] == [50.0, 50.0]
    seen = replace(facts, projects=tuple(replace(project, seen=1.0) for project in facts.projects))
    assert "Seen of commits, %" not in table_of("leaders", seen).columns
    lines = numbers_csv(facts).decode().splitlines()
    assert "collection,sample,commits,rolling_180_days,12.0,0.25" in lines
    assert "project,a,commits,rolling_180_days,40.0,0.5" in lines
    assert "project,c,commits,rolling_180_days,," in lines


def test_one_known_project_is_no_concentration() -> None:
    facts = sample_facts()
    one = replace(facts, projects=(facts.projects[0], facts.projects[2]), spread=spread_of([40.0, None]))
    text = written(STANDARD, one, LIBRARY)

    assert "are known of **A** alone" in text
    assert "Gini coefficient is" not in text and "How concentrated" not in text
    assert draw("leaders", one) is None and draw("concentration", one) is None


def test_sentences_stand_apart() -> None:
    facts = sample_facts()
    falling = replace(facts, projects=(facts.projects[1],))
    for told in (facts, falling):
        text = " ".join(written(STANDARD, told, LIBRARY).split())
        assert not re.search(r"[a-z]\.[A-Z]", text)
    assert "before. Most were lost by **B**" in " ".join(written(STANDARD, falling, LIBRARY).split())


def test_a_project_and_the_collection_of_its_name_keep_their_own_numbers() -> None:
    subject = Subject("one-id", "optimism", "Optimism")
    amounts = {EntityType.COLLECTION: 12.0, EntityType.PROJECT: None}
    figures: Any = SimpleNamespace(
        release=1,
        as_of=date(2026, 11, 15),
        words=lambda: {WORK: Word("Commits", "commits")},
        collection=lambda name: subject,
        members=lambda collection: [subject],
        current=lambda collection, metrics: {
            (kind, "one-id", WORK, grain): Known(amount, amount and 0.5)
            for kind, amount in amounts.items()
            for grain in WINDOWS
        },
        months=lambda collection, metrics, start: {},
        quarters=lambda members, metric, start: {},
        funding=lambda collection: [],
        standing=lambda collection: [],
    )

    facts = gather(figures, "optimism")

    assert {*facts.now.values()} == {12.0} and facts.seen == {WORK: 0.5}
    assert [(project.amounts, project.seen) for project in facts.projects] == [({WORK: None}, None)]


def test_no_project_is_first_where_others_equal_it() -> None:
    facts = sample_facts()
    equal = written(STANDARD, replace(facts, standing=(Standing("A", 1, 0), Standing("B", 1, 0))), LIBRARY)
    first = written(STANDARD, replace(facts, standing=(Standing("A", 2, 0), Standing("B", 1, 0))), LIBRARY)

    assert "Packages of **A** and **B** are used by 1 project of the collection each. Counted" in equal
    assert "Packages of **A** are used by 2 projects of the collection, more than those of any other." in first


@pytest.mark.parametrize(
    ("share", "told"),
    [(0.0, "0"), (0.123, "12"), (0.0123, "1.2"), (0.00053, "0.05"), (1e-6, "less than 0.01"), (1.0, "100")],
)
def test_small_shares_keep_digits(share: float, told: str) -> None:
    assert percent(share) == f"{told}\N{NO-BREAK SPACE}%"


NASTY = "](javascript:alert(1)) <script>alert(1)</script> **x** [[table: projects]] {{ 7 * 7 }} ~~`"


def test_names_of_projects_are_text_wherever_they_stand() -> None:
    facts = sample_facts()
    first = replace(facts.projects[0], subject=replace(facts.projects[0].subject, title=NASTY))
    nasty = replace(facts, projects=(first, *facts.projects[1:]), collection=replace(facts.collection, title=NASTY))
    blocks = blocks_of(written(STANDARD, nasty, LIBRARY), nasty)
    page = page_html(blocks, {}, "/blog/x/1")

    assert "<script" not in page and "49" not in page
    assert not re.search(r"<a [^>]*javascript", page)
    assert page.count("&lt;script&gt;") >= 3
    assert report_pdf(NASTY, NASTY, "x", blocks, {}, NOW).startswith(b"%PDF")


@pytest.mark.parametrize(
    ("template", "told"),
    [
        ("one\n\n{{ nothing }}", "'nothing' is undefined"),
        ("{{ collection.nothing }}", "no attribute 'nothing'"),
        ("{{ collection.__class__.__mro__ }}", "unsafe"),
        ("{{ ''.__class__ }}", "unsafe"),
        ("{% if %}", "Expected an expression"),
        ("{% include '../../../observer.toml' %}", "observer.toml"),
        ("{{ 'x' * 900000 }}", "longer than a report"),
        ("{{ 1 / 0 }}", "division"),
        ("[[chart: pie]]", "no chart 'pie'"),
        ("[[picture: months]]", "no picture 'months'"),
    ],
)
def test_a_template_that_is_wrong_is_refused_with_its_place(template: str, told: str) -> None:
    item = next(item for item in load_items(LIBRARY) if is_ecosystem_report(item))
    problems = list(check_report(replace(item, body=template)))

    assert problems and told in problems[0].what
    assert problems[0].path == item.place and problems[0].hint


def test_the_templates_of_the_library_are_whole() -> None:
    items = load_items(LIBRARY)
    reports = [item for item in items if item.kind is ItemKind.REPORT and is_ecosystem_report(item)]

    assert len(reports) >= 4
    assert [problem for item in reports for problem in check_spec(item, items, {})] == []


def test_every_block_that_a_template_of_the_library_names_is_there() -> None:
    facts = sample_facts()
    texts = [item.body for item in load_items(LIBRARY) if is_ecosystem_report(item)]
    for template in (STANDARD, *texts):
        text = written(template, facts, LIBRARY)
        blocks = blocks_of(text, facts)
        found = {
            ("table" if isinstance(b, Table) else "chart", b.name) for b in blocks if isinstance(b, (Table, Chart))
        }
        assert found == set(blocks_named(text)) and ("table", "projects") in found
        assert "[[" not in page_html(blocks, {}, "/blog/x/1")


@pytest.mark.parametrize(
    ("every", "last", "as_of", "is_due"),
    [
        (Every.RELEASE, date(2026, 11, 15), date(2026, 11, 15), True),
        (Every.MONTH, date(2026, 10, 31), date(2026, 11, 1), True),
        (Every.MONTH, date(2026, 11, 1), date(2026, 11, 30), False),
        (Every.QUARTER, date(2026, 9, 30), date(2026, 10, 1), True),
        (Every.QUARTER, date(2026, 10, 1), date(2026, 12, 31), False),
        (Every.QUARTER, date(2025, 12, 31), date(2026, 1, 1), True),
        (Every.QUARTER, None, date(2026, 1, 1), True),
    ],
)
def test_an_edition_is_due_with_the_first_release_of_its_period(
    every: Every, last: date | None, as_of: date, is_due: bool
) -> None:
    assert every.is_due(last, as_of) is is_due


def test_no_edition_is_due_on_a_release_that_has_one(made: tuple[TestClient, EditionStore, Edition]) -> None:
    _, store, edition = made
    plan = plain_plan("everything")
    assert not is_due(plan, store, edition.release, date.fromisoformat(edition.as_of))
    assert is_due(plan, store, edition.release + 1, date.fromisoformat(edition.as_of))
    assert is_due(replace(plan, slug="other"), store, edition.release, date.fromisoformat(edition.as_of))


@pytest.mark.parametrize("is_wanted", [True, False])
def test_a_release_makes_the_reports_that_are_due_where_that_is_wanted(
    sample_release: tuple[PostgresUrls, Path], tmp_path: Path, is_wanted: bool
) -> None:
    urls, folder = sample_release
    reports = ReportSettings(after_release=is_wanted, collections="everything, nothing")
    observatory: Any = SimpleNamespace(
        settings=SimpleNamespace(reports=reports, now=lambda: NOW),
        content=SimpleNamespace(insights=LIBRARY),
        read_model=lambda release: ReadModel(urls.reader, folder, release=release),
        insights_dir=tmp_path,
    )

    after_release(observatory)
    (first, *_) = [*EditionStore(tmp_path / "reports").editions("everything"), None]
    after_release(replace_clock(observatory))

    assert (first is not None) == is_wanted
    # The collection that the release lacks keeps nothing from going on, and what is there is not made again.
    assert [*EditionStore(tmp_path / "reports").editions("everything")] == ([first] if first else [])
    assert not (tmp_path / "reports" / "nothing").exists()


def replace_clock(observatory: Any) -> Any:
    """The same a day later."""
    settings = SimpleNamespace(reports=observatory.settings.reports, now=lambda: NOW + timedelta(days=1))
    return SimpleNamespace(**{**vars(observatory), "settings": settings})


def test_an_edition_takes_the_place_of_the_one_on_its_release(tmp_path: Path) -> None:
    store = EditionStore(tmp_path)
    edition = _edition(release=3)
    store.write(edition, {"page.html": b"one", "charts/months.svg": b"<svg>"})
    store.write(replace(edition, title="Two"), {"page.html": b"two"})

    (kept,) = store.editions("x")
    assert kept.title == "Two"
    assert sorted(path.name for path in (tmp_path / "x" / "3").iterdir()) == ["edition.json", "page.html"]
    assert store.before("x", "x", 3) is None
    assert store.before("x", "x", 4) == kept
    assert store.before("x", "y", 4) is None


def test_the_pdf_of_equal_reports_is_the_same_to_the_byte() -> None:
    facts = sample_facts()
    blocks = blocks_of(written(STANDARD, facts, LIBRARY), facts)
    first, second = (report_pdf("Title", "Lead", "Release 2", blocks, {}, NOW) for _ in range(2))

    assert first == second
    assert len(re.findall(rb"/Type /Page\b", first)) >= 2


@pytest.mark.parametrize(
    ("template", "told"),
    [
        ("{% for a in range(100) %}{% for b in range(100) %}{{ 'x' * 100 }}{% endfor %}{% endfor %}", "longer than a"),
        ("".join(f"{{% for {n} in range(100) %}}" for n in "abcdefgh") + "{% endfor %}" * 8, "stopped after 1 seconds"),
        ("{{ (7 ** 99999999) % 7 }}", "stopped after 1 seconds"),
        ("{% set x = 'x' * 9999999999 %}", "more than 512 MB"),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "calls itself"),
    ],
)
def test_a_template_that_does_not_end_is_stopped(template: str, told: str) -> None:
    with pytest.raises(ContentError, match=told) as refused:
        written_apart(template, sample_facts(), LIBRARY, cpu_seconds=1)

    assert all(problem.hint for problem in refused.value.problems)


def _edition(release: int) -> Edition:
    numbers: Mapping[str, Mapping[str, Any]] = {WORK: {grain.value: 1.0 for grain in WINDOWS}}
    return Edition(
        "x", "X", "", ("A",), "x", release, "2026-11-15", NOW.isoformat(), 1.0, (), {"a": "A"}, numbers, None
    )
