"""Reads one YAML document so that nothing in it can lie: text stays text, every value knows its line.

Not for YAML in general: anchors, aliases, tags, merge keys and several documents in a file are refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import yaml

from observer.errors import Problem

MAX_BYTES = 1024 * 1024
MAX_KEYS = 50_000
MAX_NODES = 100_000
MAX_DEPTH = 12
MAX_PROBLEMS = 1_000

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_WHOLE_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,8})\Z")
_LOOKS_TYPED = re.compile(
    r"""(?: y | n | yes | no | on | off | true | false | null | ~
    | [-+]? (?: 0x[0-9a-f_]+ | 0o?[0-7_]+ | 0b[01_]+ )
    | [-+]? [0-9][0-9_]* (?: : [0-5]?[0-9] )* (?: \.[0-9_]* )? (?: e[-+]?[0-9]+ )?
    | [-+]? \.[0-9][0-9_]* (?: e[-+]?[0-9]+ )?
    | [-+]? \.inf | \.nan
    | [0-9]{4}-[0-9]{1,2}-[0-9]{1,2} (?: (?: t | [ \t]+ ) [0-9:. \tz+-]* )?
    )\Z""",
    re.IGNORECASE | re.VERBOSE,
)
_TYPED_FIRST = frozenset("yYnNoOtTfF~+-.0123456789")


class LinedDict(dict[str, object]):
    """A mapping that knows its own line and the line of each key."""

    __slots__ = ("line", "lines")

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: dict[str, int] = {}


class LinedList(list[object]):
    """A sequence that knows its own line and the line of each item."""

    __slots__ = ("line", "lines")

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: list[int] = []


@dataclass(slots=True)
class Document:
    """What a file says: `value` is None when it could not be read to its end."""

    path: str
    value: LinedDict | None = None
    problems: list[Problem] = field(default_factory=list)
    remarks: list[Problem] = field(default_factory=list)


def parse_document(path: str, data: bytes, *, numbers: frozenset[str] = frozenset({"version"})) -> Document:
    """The document of a file, with every problem of its YAML.

    Every scalar is text, as written, with two exceptions: an unquoted whole number under one of the top-level
    keys in `numbers` is an int, and a key without any value has None. Limits on bytes, keys, nodes and depth
    are checked while reading, so that a bomb costs no more than its first part.
    """
    document = Document(path)
    text = _decode(document, data)
    if text is not None:
        try:
            document.value = _Reader(document, numbers).read(text)
        except _RefusedError as refused:
            document.problems.append(Problem(path, refused.line, refused.what, refused.hint, refused.code))
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            what = f"not valid YAML: {error.problem or error.context}"
            document.problems.append(Problem(path, mark.line + 1 if mark else None, what, None, "yaml-syntax"))
        except yaml.reader.ReaderError as error:
            what = f"not valid YAML: {error.reason}"
            document.problems.append(Problem(path, _line_of(text, error), what, None, "yaml-syntax"))
    return document


def looks_typed(text: str) -> bool:
    """Whether some reader of YAML takes a text, written without quotes, for something else than text."""
    return text == "" or (text[0] in _TYPED_FIRST and _LOOKS_TYPED.match(text) is not None)


class _RefusedError(Exception):
    def __init__(self, line: int | None, code: str, what: str, hint: str | None = None) -> None:
        super().__init__(what)
        self.line, self.code, self.what, self.hint = line, code, what, hint


def _decode(document: Document, data: bytes) -> str | None:
    problem: Problem | None = None
    if len(data) > MAX_BYTES:
        what = f"the file has {len(data):,} bytes; the limit is {MAX_BYTES:,}"
        problem = Problem(document.path, None, what, "split the project or list an owner instead", "too-large")
    elif data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        problem = Problem(document.path, 1, "the file starts with a byte order mark", "save it as plain UTF-8", "utf-8")
    else:
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            problem = Problem(document.path, line, "the file is not UTF-8", "save it as UTF-8", "utf-8")
        else:
            if "\r" in text:
                line = text.count("\n", 0, text.index("\r")) + 1
                what, hint = "the line ends with a carriage return", "use line feeds alone"
                document.remarks.append(Problem(document.path, line, what, hint, "line-ends"))
            return text
    document.problems.append(problem)
    return None


def _line_of(text: str, error: yaml.reader.ReaderError) -> int | None:
    # libyaml counts the position in bytes, the Python reader in characters.
    if isinstance(error.position, int):
        return text.encode("utf-8")[: error.position].count(b"\n") + 1
    return None


def _line(event: yaml.Event | None) -> int:
    mark = event.start_mark if event is not None else None
    return mark.line + 1 if mark is not None else 1


class _Reader:
    """Builds the document from parser events, without recursion."""

    def __init__(self, document: Document, numbers: frozenset[str]) -> None:
        self.document = document
        self.numbers = numbers
        self.parents: list[LinedDict | LinedList | None] = []
        self.top: LinedDict | LinedList | None = None
        self.key: str | None = None
        self.skip_value = False
        self.root: object = None
        self.root_line = 1
        self.keys = 0
        self.nodes = 0
        self.documents = 0

    def read(self, text: str) -> LinedDict | None:
        loader = yaml.CSafeLoader(text)
        try:
            get = loader.get_event
            while not isinstance(event := get(), yaml.StreamEndEvent):
                line = _line(event)
                if isinstance(event, yaml.ScalarEvent):
                    self._scalar(event, line)
                elif isinstance(event, yaml.MappingStartEvent):
                    self._open(event, line, LinedDict(line))
                elif isinstance(event, yaml.SequenceStartEvent):
                    self._open(event, line, LinedList(line))
                elif isinstance(event, yaml.CollectionEndEvent):
                    self.top = self.parents.pop()
                elif isinstance(event, yaml.AliasEvent):
                    self._refuse(line, "yaml-alias", f"alias *{event.anchor}", "write the value out")
                    self._place(None, line)
                elif isinstance(event, yaml.DocumentStartEvent):
                    self._start(event, line)
        finally:
            loader.dispose()
        return self._finish()

    def _start(self, event: yaml.DocumentStartEvent, line: int) -> None:
        self.documents += 1
        if self.documents > 1:
            raise _RefusedError(line, "yaml-documents", "a second document in the file", "one file, one document")
        if event.version or event.tags:
            self._refuse(line, "yaml-tag", "a % directive", "remove it")

    def _finish(self) -> LinedDict | None:
        if isinstance(self.root, LinedDict):
            return self.root
        what = "the file is empty" if self.root is None else "the file is not a mapping of keys to values"
        raise _RefusedError(self.root_line, "type", what)

    def _scalar(self, event: yaml.ScalarEvent, line: int) -> None:
        if event.anchor is not None or event.tag is not None:
            self._refuse_marks(event, line)
        value: str = event.value
        if event.style == '"' and _CONTROL.search(value):
            self._refuse(line, "control-character", "the text has a control character", "remove it")
            value = _CONTROL.sub("\ufffd", value)
        top = self.top
        if self.key is None and type(top) is LinedDict:
            self._take_key(top, value, line)
            return
        self._count_node(line)
        if event.style:
            self._place(value, line)
        else:
            self._place(self._plain(value, line), line)

    def _plain(self, value: str, line: int) -> object:
        if value == "":
            return None
        if value[0] in _TYPED_FIRST and looks_typed(value):
            if len(self.parents) == 1 and self.key in self.numbers:
                return int(value) if _WHOLE_NUMBER.match(value) else value
            if not self.skip_value:
                what = f"{value} is not quoted; other readers of YAML take it for a number, a date or true/false"
                self._remark(line, "unquoted", what, f'write "{value}"')
        return value

    def _take_key(self, top: LinedDict, key: str, line: int) -> None:
        self.keys += 1
        if self.keys > MAX_KEYS:
            raise _RefusedError(line, "too-large", f"the file has more than {MAX_KEYS:,} keys")
        if key == "<<":
            self._refuse(line, "yaml-alias", "merge key <<", "write the keys out")
        self.key = key
        self.skip_value = key in top
        if self.skip_value:
            self._refuse(line, "duplicate-key", f"key '{key}' again; it is on line {top.lines[key]} already")
        else:
            top.lines[key] = line

    def _open(self, event: yaml.CollectionStartEvent, line: int, value: LinedDict | LinedList) -> None:
        if event.anchor is not None or event.tag is not None:
            self._refuse_marks(event, line)
        if self.key is None and type(self.top) is LinedDict:
            raise _RefusedError(line, "yaml-syntax", "a key must be text, not a list or mapping")
        self._count_node(line)
        if len(self.parents) >= MAX_DEPTH:
            raise _RefusedError(line, "too-deep", f"nested more than {MAX_DEPTH} deep")
        self._place(value, line)
        self.parents.append(self.top)
        self.top = value

    def _place(self, value: object, line: int) -> None:
        top = self.top
        if type(top) is LinedDict:
            if self.key is not None and not self.skip_value:
                top[self.key] = value
            self.key = None
        elif type(top) is LinedList:
            top.append(value)
            top.lines.append(line)
        else:
            self.root, self.root_line = value, line

    def _count_node(self, line: int) -> None:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise _RefusedError(line, "too-large", f"the file has more than {MAX_NODES:,} values")

    def _refuse_marks(self, event: yaml.NodeEvent, line: int) -> None:
        if event.anchor is not None:
            self._refuse(line, "yaml-alias", f"anchor &{event.anchor}", "write the value out where it is needed")
        tag = getattr(event, "tag", None)
        if tag is not None:
            self._refuse(line, "yaml-tag", f"tag {tag}", "remove it")

    def _refuse(self, line: int, code: str, what: str, hint: str | None = None) -> None:
        if len(self.document.problems) >= MAX_PROBLEMS:
            raise _RefusedError(line, "too-many", f"more than {MAX_PROBLEMS:,} problems in the file")
        self.document.problems.append(Problem(self.document.path, line, what, hint, code))

    def _remark(self, line: int, code: str, what: str, hint: str) -> None:
        if len(self.document.remarks) < MAX_PROBLEMS:
            self.document.remarks.append(Problem(self.document.path, line, what, hint, code))
