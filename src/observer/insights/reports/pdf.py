"""A report as PDF: A4, bookmarks, text to search, charts with their words. Equal reports give equal bytes."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from observer.insights.reports.charts import Drawn
from observer.insights.reports.write import Block, Chart, Heading, Paragraph, Run, Table, cell_text
from observer.visualizations.errors import drawing_libraries
from observer.visualizations.theme import FONT, LIGHT, font_files

if TYPE_CHECKING:
    from fpdf import FPDF

MARGIN, WIDTH, BOTTOM = 20.0, 170.0, 22.0
_LINE, _ROW = 5.2, 5.4
_SIZES = {2: 15.0, 3: 12.0, 4: 10.5}
_BODY, _SMALL, _CELL = 10.0, 8.0, 8.5
_CHART = 98.0
"""The most that a chart is high."""

_CODE = "Code"


def report_pdf(
    title: str, lead: str, facts: str, blocks: Sequence[Block], drawn: Mapping[str, Drawn], made_at: datetime
) -> bytes:
    """The report; `lead` stands below the title, `facts` (release, last day of data) below that and in each footer."""
    with drawing_libraries():
        pdf = _document(title, facts, made_at)
    _cover(pdf, title, lead, facts)
    appendices = [block for block in blocks if isinstance(block, Table) and block.is_appendix]
    shown = [block for block in blocks if block not in appendices]
    for place, block in enumerate(shown):
        if isinstance(block, Heading) and pdf.will_page_break(16 + _beginning(shown[place + 1 : place + 3], drawn)):
            pdf.add_page()
        _block(pdf, block, drawn)
    for table in appendices:
        pdf.add_page()
        _block(pdf, Heading(2, (Run("Appendix"),)), drawn)
        _table(pdf, table)
    return bytes(pdf.output())


def _document(title: str, facts: str, made_at: datetime) -> FPDF:
    from fpdf import FPDF

    class Document(FPDF):
        """Pages with a footer."""

        def footer(self) -> None:
            self.set_y(-14)
            self.set_font(FONT, size=_SMALL)
            self.set_text_color(LIGHT.soft)
            self.cell(WIDTH / 2 + 40, 5, f"Powered by Open Source Observer · {facts}")
            self.cell(0, 5, f"{self.page_no()}", align="R")

    pdf = Document(format="A4")
    for style, path in font_files().items():
        pdf.add_font(FONT if style != "M" else _CODE, style if style != "M" else "", str(path))
    pdf.set_margins(MARGIN, MARGIN, MARGIN)
    pdf.set_auto_page_break(auto=True, margin=BOTTOM)
    pdf.set_title(title)
    pdf.set_author("Open Source Observer")
    pdf.set_lang("en")
    pdf.set_creation_date(made_at)
    pdf.add_page()
    return pdf


def _cover(pdf: FPDF, title: str, lead: str, facts: str) -> None:
    pdf.set_fill_color(LIGHT.accent)
    pdf.rect(MARGIN, MARGIN, 24, 1.6, style="F")
    pdf.set_y(MARGIN + 6)
    _style(pdf, "B", 24, LIGHT.ink)
    pdf.multi_cell(WIDTH, 10.5, title, align="L", new_x="LMARGIN", new_y="NEXT")
    pdf.ln(2)
    if lead:
        _style(pdf, "", 12, LIGHT.soft)
        pdf.multi_cell(WIDTH, 6.4, lead, align="L", new_x="LMARGIN", new_y="NEXT")
    _style(pdf, "", _SMALL, LIGHT.soft)
    pdf.ln(1)
    pdf.cell(WIDTH, 6, facts, new_x="LMARGIN", new_y="NEXT")
    pdf.ln(3)


def _block(pdf: FPDF, block: Block, drawn: Mapping[str, Drawn]) -> None:
    if isinstance(block, Heading):
        _heading(pdf, block)
    elif isinstance(block, Paragraph):
        _paragraph(pdf, block)
    elif isinstance(block, Table):
        _table(pdf, block)
    elif isinstance(block, Chart) and block.name in drawn:
        _chart(pdf, drawn[block.name])


def _heading(pdf: FPDF, heading: Heading) -> None:
    size = _SIZES[heading.level]
    pdf.ln(size / 3.2)
    text = "".join(run.text for run in heading.runs)
    pdf.start_section(text, level=heading.level - 2)
    _style(pdf, "B", size, LIGHT.ink)
    pdf.multi_cell(WIDTH, size * 0.5, text, align="L", new_x="LMARGIN", new_y="NEXT")
    pdf.ln(1.6)


def _paragraph(pdf: FPDF, paragraph: Paragraph) -> None:
    left = MARGIN + (5 if paragraph.mark else 0)
    if pdf.will_page_break(_LINE * 2):
        pdf.add_page()
    if paragraph.mark:
        _style(pdf, "", _BODY, LIGHT.accent)
        pdf.cell(5, _LINE, paragraph.mark)
    pdf.set_left_margin(left)
    pdf.set_x(left)
    padding, pdf.c_margin = pdf.c_margin, 0
    for word in _words(paragraph.runs):
        pieces = [(_styled(pdf, run), text.rstrip(" ")) for run, text in word]
        if pdf.get_x() > left and pdf.get_x() + sum(width(text) for width, text in pieces) > MARGIN + WIDTH:
            pdf.ln(_LINE)
        for run, text in word:
            pdf.cell(_styled(pdf, run)(text), _LINE, text, link=run.address or "")
    pdf.c_margin = padding
    pdf.set_left_margin(MARGIN)
    pdf.ln(_LINE + (1.2 if paragraph.mark else 2.4))


def _words(runs: Sequence[Run]) -> Iterator[list[tuple[Run, str]]]:
    """The words with the blanks after them; a word whose style changes inside has several pieces."""
    word: list[tuple[Run, str]] = []
    for run in runs:
        for piece in re.findall(r"[^ ]+ *| +", run.text):
            word.append((run, piece))
            if piece.endswith(" "):
                yield word
                word = []
    if word:
        yield word


def _styled(pdf: FPDF, run: Run) -> Callable[[str], float]:
    """Sets the style of a run; returns what measures its text."""
    style = ("B" if run.is_bold else "") + ("I" if run.is_italic else "")
    _style(pdf, style, _BODY, LIGHT.accent if run.address else LIGHT.ink, run.is_code)
    family, emphasis = (_CODE, "") if run.is_code else (FONT, style)

    def width(text: str) -> float:
        pdf.set_font(family, emphasis, _BODY)
        return float(pdf.get_string_width(text))

    return width


def _beginning(blocks: Sequence[Block], drawn: Mapping[str, Drawn]) -> float:
    """How much of what follows has to stand below a heading: some lines of text, and all of a chart."""
    if not blocks:
        return 0
    if isinstance(blocks[0], Chart) and blocks[0].name in drawn:
        return _size(drawn[blocks[0].name])[1]
    return 18 + (_beginning(blocks[1:], drawn) if isinstance(blocks[0], Paragraph) else 0)


def _size(chart: Drawn) -> tuple[float, float]:
    from PIL import Image

    with Image.open(io.BytesIO(chart.png)) as picture:
        ratio = picture.height / picture.width
    return (WIDTH, WIDTH * ratio) if ratio * WIDTH <= _CHART else (_CHART / ratio, _CHART)


def _chart(pdf: FPDF, chart: Drawn) -> None:
    width, high = _size(chart)
    if pdf.will_page_break(high + 4):
        pdf.add_page()
    pdf.image(io.BytesIO(chart.png), x=MARGIN + (WIDTH - width) / 2, w=width, alt_text=chart.alternative)
    pdf.ln(4)


def _table(pdf: FPDF, table: Table) -> None:
    if table.rows:
        _rows(pdf, table)
    if table.note:
        _paragraph(pdf, Paragraph((Run(table.note),)))


def _rows(pdf: FPDF, table: Table) -> None:
    widths = _widths(pdf, table)
    if pdf.will_page_break(_ROW * min(len(table.rows) + 2, 8)):
        pdf.add_page()
    _style(pdf, "", _SMALL, LIGHT.soft)
    pdf.cell(WIDTH, _ROW, table.title, new_x="LMARGIN", new_y="NEXT")
    _head(pdf, table, widths)
    for row in table.rows:
        if pdf.will_page_break(_ROW):
            pdf.add_page()
            _head(pdf, table, widths)
        for cell, width in zip(row, widths, strict=True):
            _style(pdf, "I" if cell is None else "", _CELL, LIGHT.soft if cell is None else LIGHT.ink)
            align = "L" if isinstance(cell, str) else "R"
            pdf.cell(width, _ROW, _fitting(pdf, cell_text(cell), width - 2), align=align, border="B")
        pdf.ln(_ROW)
    pdf.ln(4)


def _head(pdf: FPDF, table: Table, widths: Sequence[float]) -> None:
    pdf.set_draw_color(LIGHT.line)
    _style(pdf, "B", _SMALL, LIGHT.soft)
    lines = [_lines(pdf, name, width - 2) for name, width in zip(table.columns, widths, strict=True)]
    for line in range(max(map(len, lines))):
        for column, (texts, width) in enumerate(zip(lines, widths, strict=True)):
            text = ([""] * (max(map(len, lines)) - len(texts)) + texts)[line]
            align = "L" if _is_text(table, column) else "R"
            pdf.cell(width, 4.2, _fitting(pdf, text, width - 1), align=align)
        pdf.ln(4.2)
    pdf.set_draw_color(LIGHT.soft)
    pdf.line(MARGIN, pdf.get_y(), MARGIN + WIDTH, pdf.get_y())
    pdf.set_draw_color(LIGHT.line)


def _widths(pdf: FPDF, table: Table) -> list[float]:
    """Columns of numbers as wide as they need to be, those of text share the rest by what they hold."""
    pdf.set_font(FONT, "", _CELL)
    shown = table.rows[:400]
    needed = [
        min(70.0, 4 + max([pdf.get_string_width(cell_text(row[n])) for row in shown], default=10))
        for n in range(len(table.columns))
    ]
    pdf.set_font(FONT, "B", _SMALL)
    words = [max(17.0 * bool(name), *map(pdf.get_string_width, name.split(" "))) + 4 for name in table.columns]
    needed = list(map(max, needed, words))
    texts = [n for n in range(len(table.columns)) if _is_text(table, n) and table.columns[n]]
    spare = WIDTH - sum(needed)
    share = sum(needed[n] for n in texts) or 1.0
    return [max(8.0, width + spare * width / share) if n in texts else width for n, width in enumerate(needed)]


def _is_text(table: Table, column: int) -> bool:
    return all(isinstance(row[column], str) for row in table.rows)


def _lines(pdf: FPDF, text: str, width: float) -> list[str]:
    """The words of a heading in lines that fit, as far as single words do."""
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and pdf.get_string_width(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _fitting(pdf: FPDF, text: str, width: float) -> str:
    """The text, cut off with dots where it has no room."""
    if pdf.get_string_width(text) <= width:
        return text
    while text and pdf.get_string_width(text + "…") > width:
        text = text[: -max(1, len(text) // 12)]
    return text.rstrip() + "…"


def _style(pdf: FPDF, style: str, size: float, colour: str, is_code: bool = False) -> None:
    pdf.set_font(_CODE if is_code else FONT, "" if is_code else style, size)
    pdf.set_text_color(colour)
