"""A report as a fragment of HTML for the website. All text is escaped; it holds no script and no foreign address."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from observer.insights.reports.charts import Drawn
from observer.insights.reports.write import Block, Chart, Heading, Paragraph, Run, Table, cell_text

SITE = "{observatory}"
"""Stands for the beginning of the site's addresses in what others copy; the website fills it in."""


def page_html(blocks: Sequence[Block], drawn: Mapping[str, Drawn], base: str) -> str:
    """The report; `base` is the address of its edition, below which its charts are."""
    return "\n".join(_parts(blocks, drawn, base))


def _parts(blocks: Sequence[Block], drawn: Mapping[str, Drawn], base: str) -> Iterator[str]:
    in_list = ""
    for block in blocks:
        wanted = ("ul" if block.mark == "•" else "ol") if isinstance(block, Paragraph) and block.mark else ""
        if wanted != in_list:
            yield f"</{in_list}>" * bool(in_list) + f"<{wanted}>" * bool(wanted)
            in_list = wanted
        if isinstance(block, Heading):
            yield f"<h{block.level}>{_inline(block.runs)}</h{block.level}>"
        elif isinstance(block, Paragraph):
            yield f"<li>{_inline(block.runs)}</li>" if block.mark else f"<p>{_inline(block.runs)}</p>"
        elif isinstance(block, Table):
            yield _table(block)
        elif isinstance(block, Chart) and block.name in drawn:
            yield _figure(drawn[block.name], base)
    if in_list:
        yield f"</{in_list}>"


def _inline(runs: Sequence[Run]) -> str:
    return "".join(map(_run, runs))


def _run(run: Run) -> str:
    text = escape(run.text)
    for is_on, tag in ((run.is_code, "code"), (run.is_italic, "em"), (run.is_bold, "strong")):
        text = f"<{tag}>{text}</{tag}>" if is_on else text
    if run.address is None:
        return text
    return f'<a href="{escape(run.address)}" rel="nofollow noopener ugc">{text}</a>'


def _figure(chart: Drawn, base: str) -> str:
    address = escape(f"{base}/charts/{chart.name}.svg")
    embed = escape(f'<img src="{SITE}{base}/charts/{chart.name}.svg" alt="{chart.title}">')
    return (
        f'<figure><a href="{address}"><img src="{address}" alt="{escape(chart.alternative)}"></a>'
        f"<figcaption><details><summary>Embed this chart</summary><code>{embed}</code></details></figcaption></figure>"
    )


def _table(table: Table) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in table.columns)
    rows = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in table.rows)
    made = (
        f'<div class="scroll" tabindex="0"><table><caption>{escape(table.title)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )
    whole = made * bool(table.rows) + f"<p>{escape(table.note)}</p>" * bool(table.note)
    return f"<details><summary>{escape(table.title)}</summary>{whole}</details>" if table.is_appendix else whole


def _cell(cell: str | float | None) -> str:
    if cell is None:
        return '<td class="is-unknown">unknown</td>'
    kind = "" if isinstance(cell, str) else ' class="number"'
    return f"<td{kind}>{escape(cell_text(cell))}</td>"
