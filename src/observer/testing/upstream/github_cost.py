"""GitHub's published rule for what a GraphQL document costs, applied to its syntax tree.

Every connection counts once for each node that its parents may have, by their `first`; a hundred of these requests are
a point, and a document costs at least one. Source: "Rate limits and query limits for the GraphQL API", docs.github.com.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    value_from_ast_untyped,
)


@dataclass(slots=True)
class Cost:
    """Of one document: connections with their multiples, nodes that it may bring, and the largest page asked for."""

    connections: int = 0
    nodes: int = 0
    largest_page: int = 0

    @property
    def points(self) -> int:
        """What is charged for it."""
        return max(1, ceil(self.connections / 100))


def cost_of(schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any]) -> Cost:
    """The cost of a valid document with one operation."""
    fragments = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}
    operation = next(one for one in document.definitions if isinstance(one, OperationDefinitionNode))
    cost = Cost()
    _add(cost, schema, schema.query_type, operation.selection_set, dict(variables), fragments, 1)
    return cost


def _add(
    cost: Cost,
    schema: GraphQLSchema,
    parent: Any,
    selections: SelectionSetNode | None,
    variables: dict[str, Any],
    fragments: Mapping[str, FragmentDefinitionNode],
    multiple: int,
) -> None:
    for selection in selections.selections if selections else ():
        if isinstance(selection, FieldNode):
            _add_field(cost, schema, parent, selection, variables, fragments, multiple)
            continue
        inner: Any = fragments[selection.name.value] if isinstance(selection, FragmentSpreadNode) else selection
        kind = schema.type_map[inner.type_condition.name.value] if inner.type_condition else parent
        _add(cost, schema, kind, inner.selection_set, variables, fragments, multiple)


def _add_field(
    cost: Cost,
    schema: GraphQLSchema,
    parent: Any,
    field: FieldNode,
    variables: dict[str, Any],
    fragments: Mapping[str, FragmentDefinitionNode],
    multiple: int,
) -> None:
    name = field.name.value
    if name.startswith("__") or not isinstance(parent, (GraphQLObjectType, GraphQLInterfaceType)):
        return
    kind = get_named_type(parent.fields[name].type)
    arguments = {one.name.value: value_from_ast_untyped(one.value, variables) for one in field.arguments}
    if kind.name.endswith("Connection"):
        cost.connections += multiple
        size = int(arguments.get("first") or arguments.get("last") or 0)
        cost.largest_page = max(cost.largest_page, size)
        multiple *= size
        cost.nodes += multiple
    elif name == "nodes" and "ids" in arguments:
        multiple *= len(arguments["ids"])
        cost.nodes += multiple
        cost.largest_page = max(cost.largest_page, len(arguments["ids"]))
    _add(cost, schema, kind, field.selection_set, variables, fragments, multiple)
