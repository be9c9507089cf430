"""Items that run no code have a picture in the gallery, drawn from their own file."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest

from observer.insights.drawn import drawn_picture
from observer.insights.index import write_site
from observer.insights.item import Item, load_items, read_item
from observer.insights.picture import is_picture
from observer.insights.run import RunStore

LIBRARY = Path(__file__).resolve().parents[3] / "insights"
DRAWN = [item for item in load_items(LIBRARY) if item.kind.value in ("dataset", "bounty", "challenge")]
SVG = "{http://www.w3.org/2000/svg}"


def _texts_and_widths(content: bytes | None) -> tuple[list[str], list[float]]:
    assert content is not None and is_picture(content, "image/svg+xml")
    root = ElementTree.fromstring(content)
    texts = [text.text or "" for text in root.iter(f"{SVG}text")]
    return texts, [float(rect.attrib["width"]) for rect in root.iter(f"{SVG}rect") if "%" not in rect.attrib["width"]]


def _dataset(folder: Path, name: str, content: str) -> Item:
    path = folder / "community" / "datasets" / "dataset" / "dataset.md"
    path.parent.mkdir(parents=True)
    (path.parent / name).write_text(content)
    front = (LIBRARY / "community/datasets/licence-families/licence-families.md").read_text()
    path.write_text(front.replace("licence-families.csv", name))
    return read_item(path, folder)


@pytest.mark.parametrize("item", DRAWN, ids=lambda item: item.key)
def test_the_gallery_has_a_picture_of_each_item_that_runs_no_code(item: Item, tmp_path: Path) -> None:
    index = write_site([item], RunStore(tmp_path / "runs"), tmp_path / "site", None, datetime(2026, 11, 29, tzinfo=UTC))

    (entry,) = json.loads(json.dumps(index["items"]))
    texts, widths = _texts_and_widths((tmp_path / "site" / entry["thumbnail"]).read_bytes())
    assert len(texts) > 3 and widths


def test_bars_of_a_data_set_are_as_long_as_its_largest_values() -> None:
    item = next(item for item in DRAWN if item.slug == "retropgf3-grants")
    with (item.path.parent / "retropgf3-grants.csv").open(newline="") as file:
        largest = sorted((int(row["ballots"]) for row in csv.DictReader(file)), reverse=True)[:8]

    texts, widths = _texts_and_widths(drawn_picture(item))

    assert texts[2::2] == [str(value) for value in largest]
    assert widths == pytest.approx([widths[0] * value / largest[0] for value in largest], abs=0.1)


def test_unknown_values_are_left_out_and_zeros_are_drawn(tmp_path: Path) -> None:
    item = _dataset(tmp_path, "a.csv", "name,count\nsome,4\nnobody looked,\nnone,0\n")

    texts, widths = _texts_and_widths(drawn_picture(item))

    assert texts == ["count: 2 of 3 rows, largest first", "some", "4", "none", "0"]
    assert widths[0] > widths[1] == 0


def test_markup_in_a_file_is_drawn_as_text(tmp_path: Path) -> None:
    item = _dataset(tmp_path, "a.json", json.dumps([{"name": "<script>x</script>", "n": 1}]))

    content = drawn_picture(item)

    assert "<script>x</script>" in _texts_and_widths(content)[0]
    assert content is not None and b"<script" not in content


@pytest.mark.parametrize("content", ["", "{", "[1, 2]", '[{"n": -1, "m": "x"}]'])
def test_a_file_that_cannot_be_drawn_has_no_picture(content: str, tmp_path: Path) -> None:
    assert drawn_picture(_dataset(tmp_path, "a.json", content)) is None
