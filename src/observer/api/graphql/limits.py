"""What a request may cost: counted in its bytes, tokens and document before the work that it would cause."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
)

from observer.errors import QueryError
from observer.query.request import MAX_PAGE

MAX_BODY_BYTES = 64 * 1024
MAX_QUERY_BYTES = 16 * 1024
MAX_TOKENS = 1_000
MAX_NESTING = 40
"""Brackets of all kinds inside each other, in the text of a query and in its variables."""

MAX_DEPTH = 12
MAX_INTROSPECTION_DEPTH = 20
MAX_FIELDS = 500
MAX_ROOT_FIELDS = 10
MAX_ALIASES = 30
MAX_DIRECTIVES = 20
MAX_FRAGMENTS = 50
MAX_VALUES = 100_000
SECONDS = 5.0
"""How long one statement may take for readers without a key; the database role has the same limit."""

# Strings and comments are skipped, brackets and directives told apart, all other tokens counted.
_TOKEN = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"""|"(?:[^"\\\n]|\\.)*"|#[^\n\r]*|[{(\[]|[})\]]|@|\.\.\.|[^\s,{}()\[\]@"#.]+|\S',
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class GraphqlLimits:
    """What one reader may ask.

    Fields with a selection (zero: any number), rows of a page, values of an answer, seconds, and whether aggregates.
    """

    max_nodes: int = 0
    max_rows: int = MAX_PAGE
    max_values: int = MAX_VALUES
    seconds: float = SECONDS
    may_aggregate: bool = True


class TooMuchError(QueryError):
    """A request asks for more than is answered at once."""


class TooLargeError(TooMuchError):
    """A request has too many bytes."""

    status = 413


def check_text(query: str) -> None:
    """Refuses a query by its bytes, tokens, directives and brackets, in one pass without parsing it."""
    if len(query) > MAX_QUERY_BYTES or len(query.encode("utf-8", "surrogatepass")) > MAX_QUERY_BYTES:
        raise TooLargeError(f"the query is longer than {MAX_QUERY_BYTES} bytes", hint="put values into variables")
    tokens = directives = nesting = 0
    for match in _TOKEN.finditer(query):
        first = query[match.start()]
        if first == "#":
            continue
        tokens += 1
        directives += first == "@"
        nesting += (first in "{([") - (first in "})]")
        if tokens > MAX_TOKENS:
            raise TooMuchError(f"the query has more than {MAX_TOKENS} tokens", hint="put values into variables")
        if directives > MAX_DIRECTIVES:
            raise TooMuchError(f"the query has more than {MAX_DIRECTIVES} directives")
        if nesting > MAX_NESTING:
            raise TooMuchError(f"brackets are nested deeper than {MAX_NESTING}")


def check_variables(variables: Mapping[str, object]) -> None:
    """Refuses variables that are nested too deeply."""
    level: list[object] = [variables]
    for _ in range(MAX_NESTING):
        level = list(_inside(level))
        if not level:
            return
    raise TooMuchError(f"variables are nested deeper than {MAX_NESTING}")


def check_document(document: DocumentNode) -> tuple[OperationDefinitionNode, int]:
    """The one operation of a document, a query within the limits, and its number of fields with a selection."""
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    fragments = [node for node in document.definitions if isinstance(node, FragmentDefinitionNode)]
    if len(operations) != 1 or len(operations) + len(fragments) != len(document.definitions):
        raise TooMuchError("send exactly one operation at a time", hint="and fragments, nothing else")
    (operation,) = operations
    if operation.operation is not OperationType.QUERY:
        raise TooMuchError("only queries are answered here")
    if len(fragments) > MAX_FRAGMENTS:
        raise TooMuchError(f"the query has more than {MAX_FRAGMENTS} fragments")
    counter = _Counter({node.name.value: node.selection_set for node in fragments})
    aliases = sum(map(counter.aliases, (operation.selection_set, *(node.selection_set for node in fragments))))
    if aliases > MAX_ALIASES:
        raise TooMuchError(f"the query has more than {MAX_ALIASES} aliases")
    if counter.roots(operation.selection_set) > MAX_ROOT_FIELDS:
        raise TooMuchError(f"the query has more than {MAX_ROOT_FIELDS} root fields")
    count, depth, nodes = counter.size(operation.selection_set)
    if count > MAX_FIELDS:
        raise TooMuchError(f"the query has more than {MAX_FIELDS} fields", hint="count fragments as often as used")
    is_introspection = any(
        isinstance(node, FieldNode) and node.name.value.startswith("__") for node in operation.selection_set.selections
    )
    most = MAX_INTROSPECTION_DEPTH if is_introspection else MAX_DEPTH
    if depth > most:
        raise TooMuchError(f"the query is nested deeper than {most}")
    return operation, nodes


class _Counter:
    """Sizes of selections with their fragments spread, each fragment counted once however often it is used."""

    def __init__(self, fragments: Mapping[str, SelectionSetNode]) -> None:
        self._fragments = fragments
        self._sizes: dict[str, tuple[int, int, int]] = {}
        self._roots: dict[str, int] = {}
        self._open: set[str] = set()

    def size(self, selections: SelectionSetNode) -> tuple[int, int, int]:
        """Number of fields, depth, and number of fields with a selection."""
        count = depth = nodes = 0
        for node in selections.selections:
            inner = (0, 0, 0)
            if isinstance(node, FragmentSpreadNode):
                inner = self._spread(node.name.value)
            elif isinstance(node, (FieldNode, InlineFragmentNode)) and node.selection_set:
                inner = self.size(node.selection_set)
            own = int(isinstance(node, FieldNode))
            count, depth = count + inner[0] + own, max(depth, inner[1] + own)
            nodes += inner[2] + int(isinstance(node, FieldNode) and node.selection_set is not None)
        return count, depth, nodes

    def roots(self, selections: SelectionSetNode) -> int:
        """Number of fields at the top. Called after no circle can be there or before `size` finds it."""
        total = 0
        for node in selections.selections:
            if isinstance(node, FragmentSpreadNode):
                name = node.name.value
                if name not in self._roots and name in self._fragments:
                    self._enter(name)
                    self._roots[name] = self.roots(self._fragments[name])
                    self._open.discard(name)
                total += self._roots.get(name, 0)
            elif isinstance(node, InlineFragmentNode):
                total += self.roots(node.selection_set)
            else:
                total += 1
        return total

    def aliases(self, selections: SelectionSetNode) -> int:
        """Number of aliases as written, outside of fragments."""
        total = 0
        for node in selections.selections:
            total += isinstance(node, FieldNode) and node.alias is not None
            if isinstance(node, (FieldNode, InlineFragmentNode)) and node.selection_set:
                total += self.aliases(node.selection_set)
        return total

    def _spread(self, name: str) -> tuple[int, int, int]:
        if name not in self._sizes:
            if name not in self._fragments:
                return (0, 0, 0)
            self._enter(name)
            self._sizes[name] = self.size(self._fragments[name])
            self._open.discard(name)
        return self._sizes[name]

    def _enter(self, name: str) -> None:
        if name in self._open:
            raise TooMuchError(f"fragment '{name}' contains itself")
        self._open.add(name)


def _inside(values: list[object]) -> Iterator[object]:
    for value in values:
        if isinstance(value, dict):
            yield from value.values()
        elif isinstance(value, list):
            yield from value
