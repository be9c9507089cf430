"""The contract of a contributed chart, checked over the text of its file; the file is never run."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from observer.visualizations.registry import is_name

COMMON = ("theme", "title", "release")
"""Parameters that every chart has; README.md describes them, so that a docstring need not."""

SECTIONS = ("When to use", "Columns", "Parameters", "Example")

_HEADING = re.compile(rf"^({'|'.join(SECTIONS)}):\s*$", re.MULTILINE)
_ENTRY = re.compile(r"^ {4}(\w+)(?: \(([^)]+)\))?: (\S.*)$")
_TYPES = ("text", "number", "date")
_REFUSED = {
    "matplotlib.pyplot": "its figures stay open until somebody closes them: take observer.visualizations.canvas",
    "pylab": "its figures stay open until somebody closes them: take observer.visualizations.canvas",
}
# A chart draws what it is given: what reaches files, processes or the network has no place in it.
_OUTSIDE = frozenset(
    {
        "os",
        "sys",
        "io",
        "pathlib",
        "shutil",
        "tempfile",
        "glob",
        "socket",
        "ssl",
        "http",
        "urllib",
        "urllib3",
        "requests",
    }
    | {"httpx", "aiohttp", "subprocess", "ctypes", "multiprocessing", "threading", "asyncio", "importlib", "builtins"}
    | {"pickle", "marshal", "shelve", "sqlite3", "duckdb", "webbrowser", "signal"}
)
_CALLS = frozenset({"open", "exec", "eval", "compile", "__import__", "input", "breakpoint"})


@dataclass(frozen=True, slots=True)
class _Documented:
    """What a docstring says: its sections by heading, and the entries of those that list something."""

    summary: str
    sections: dict[str, str]
    entries: dict[str, dict[str, str | None]]


def faults_of_visualization(path: Path) -> list[str]:
    """What keeps a file from being a chart of the library, each with how to mend it; empty where nothing does."""
    try:
        source = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return [f"the file cannot be read as UTF-8: {error}; save it as UTF-8"]
    return faults_of_source(source, path.stem)


def faults_of_source(source: str, name: str) -> list[str]:
    """The same over the text of a file and the name of its module."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        return [f"line {line}: this is no Python: {getattr(error, 'msg', error)}; run `python -m py_compile` on it"]
    draws = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "draw"]
    found = [*_name(name), *_module(tree), *_imports(tree)]
    if len(draws) != 1:
        what = "there is no function draw" if not draws else "there are several functions draw"
        return [*found, f"{what}; define one: `def draw(data, *, theme=..., title=None, release=None)`"]
    return [*found, *_signature(draws[0]), *_docstring(draws[0], name)]


def _name(name: str) -> Iterator[str]:
    if not is_name(name):
        yield f"the name {name!r} is none for a chart; name the file in lowercase words with underscores"
    elif name in sys.stdlib_module_names:
        yield f"the name {name!r} is that of a module of Python; choose another"
    elif (Path(__file__).parent / f"{name}.py").exists():
        yield f"the name {name!r} is that of a module of the engine; choose another"


def _module(tree: ast.Module) -> Iterator[str]:
    if not ast.get_docstring(tree):
        yield "line 1: the file does not say what it is; begin with a docstring of one sentence"
    allowed = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign)
    for node in tree.body:
        is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        is_typing = isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
        if not isinstance(node, allowed) and not is_text and not is_typing:
            yield f"line {node.lineno}: this runs when the file is imported; move it into a function"
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        if isinstance(call.func, ast.Name) and call.func.id in _CALLS:
            yield f"line {call.lineno}: {call.func.id}() reaches beyond the data; a chart draws what it is given"


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from _modules(node.lineno, [alias.name for alias in node.names])
        elif isinstance(node, ast.ImportFrom) and node.level:
            yield f"line {node.lineno}: a relative import; write `from observer.visualizations...`"
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from _modules(node.lineno, [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)])


def _modules(line: int, modules: list[str]) -> Iterator[str]:
    for module in modules:
        if module in _REFUSED:
            yield f"line {line}: {module} is not used here: {_REFUSED[module]}"
        elif module.partition(".")[0] in _OUTSIDE:
            yield f"line {line}: {module} reaches beyond the data; a chart draws what it is given"
            return


def _signature(draw: ast.FunctionDef) -> Iterator[str]:
    where, given = f"line {draw.lineno}", draw.args
    positional = [argument.arg for argument in [*given.posonlyargs, *given.args]]
    if positional != ["data"]:
        yield f"{where}: draw takes {positional or 'nothing'} by position; take `data` alone and `*` after it"
    if given.vararg or given.kwarg:
        yield f"{where}: draw takes any parameter; name each of them"
    defaults = dict(zip((a.arg for a in given.kwonlyargs), given.kw_defaults, strict=True))
    for name in COMMON:
        if name not in defaults:
            yield f"{where}: draw has no parameter `{name}`; every chart has {', '.join(COMMON)}"
    for name, default in defaults.items():
        if default is None:
            yield f"{where}: the parameter `{name}` has no default; a chart can be drawn from its data alone"
    if draw.returns is None:
        yield f"{where}: draw does not say what it returns; write `-> Figure` or `-> go.Figure`"
    if not any("visualization" in ast.unparse(decorator) for decorator in draw.decorator_list):
        yield f"{where}: draw is not marked; write `@visualization` above it"


def _docstring(draw: ast.FunctionDef, name: str) -> Iterator[str]:
    text = ast.get_docstring(draw)
    where = f"line {draw.lineno}"
    if not text:
        yield f"{where}: draw has no docstring; describe it as insights/visualizations/README.md shows"
        return
    said = _documented(text)
    if not said.summary.endswith(".") or len(said.summary) < 20:
        yield f"{where}: the docstring does not begin with a sentence on what the chart shows; write one"
    for section in ("When to use", "Columns", "Example"):
        if not said.sections.get(section, "").strip():
            yield f"{where}: the docstring has no section '{section}:'; add it"
    if len(said.sections.get("When to use", "").split()) in range(1, 8):
        yield f"{where}: 'When to use:' hardly says when; tell what question the chart answers and what it is not for"
    yield from _described(draw, said)
    yield from _example(said.sections.get("Example", ""), name, where)


def _documented(text: str) -> _Documented:
    parts = _HEADING.split(text)
    sections = {heading: body.strip("\n") for heading, body in zip(parts[1::2], parts[2::2], strict=True)}
    entries: dict[str, dict[str, str | None]] = {}
    for heading in ("Columns", "Parameters"):
        lines = (_ENTRY.match(line) for line in sections.get(heading, "").splitlines())
        entries[heading] = {found[1]: found[2] for found in lines if found}
    return _Documented(parts[0].strip(), sections, entries)


def _described(draw: ast.FunctionDef, said: _Documented) -> Iterator[str]:
    where = f"line {draw.lineno}"
    parameters = [argument.arg for argument in draw.args.kwonlyargs]
    columns = said.entries["Columns"]
    if "Columns" in said.sections and not columns:
        yield f"{where}: 'Columns:' lists none; write lines like `    value (number): What it means.`"
    for name, kind in columns.items():
        if kind not in _TYPES:
            yield f"{where}: the column `{name}` has the type {kind!r}; write one of {', '.join(_TYPES)} in brackets"
    both = {**columns, **said.entries["Parameters"]}
    for name in parameters:
        if name not in both and name not in COMMON:
            yield f"{where}: the parameter `{name}` is not described; list it under 'Columns:' or 'Parameters:'"
    for name in both:
        if name not in parameters:
            yield f"{where}: the docstring describes `{name}`, which draw does not take; remove it or add it"


def _example(body: str, name: str, where: str) -> Iterator[str]:
    code = "\n".join(line.strip()[4:] for line in body.splitlines() if line.strip().startswith((">>>", "...")))
    if not code:
        if body.strip():
            yield f"{where}: the example has no code; write lines that begin with `>>> `"
        return
    try:
        tree = ast.parse(code)
    except SyntaxError as error:
        yield f"{where}: the example is no Python: {error.msg}; run it once"
        return
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    if not any(ast.unparse(call) in (name, f"{name}.draw") for call in calls):
        yield f"{where}: the example does not call {name}(...); draw the chart in it"
    assigned = [t.id for n in tree.body if isinstance(n, ast.Assign) for t in n.targets if isinstance(t, ast.Name)]
    if "figure" not in assigned:
        yield f"{where}: the example keeps no figure; write `figure = {name}(...)`"
