"""Documents, parsed and validated once and kept: most clients send few of them, with other variables."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from graphql import (
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLString,
    GraphQLType,
    NamedTypeNode,
    NonNullTypeNode,
    OperationDefinitionNode,
    VariableDefinitionNode,
    is_leaf_type,
    is_named_type,
    parse,
    specified_rules,
    type_from_ast,
    validate,
)
from graphql.validation import (
    NoUnusedVariablesRule,
    OverlappingFieldsCanBeMergedRule,
    ValidationContext,
    ValidationRule,
    VariablesInAllowedPositionRule,
)

from observer.api.graphql.limits import MAX_TOKENS, check_document, check_text
from observer.api.graphql.scalars import stands_for
from observer.query.request import PreparedRows

MAX_ERRORS = 5
_MOST_KEPT = 500
_MOST_PLANS = 2000
_MOST_STATEMENT = 4000


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """One valid query with its fragments; `nodes` is its number of fields with a selection.

    `texts` are the variables declared as one text, `numbers` those declared as Int.
    """

    nodes: int
    operation: OperationDefinitionNode
    fragments: dict[str, FragmentDefinitionNode]
    texts: frozenset[str]
    numbers: frozenset[str]


class PreparedStep(NamedTuple):
    """One root field of a plan: its statement, and how its rows are told."""

    rows: PreparedRows
    is_single: bool
    is_cut: bool
    limit: int | None


Plan = Mapping[str, PreparedStep]
"""The root fields of a document by their names in the answer, in its order."""


class InvalidDocumentError(Exception):
    """A document departs from the schema; `errors` say how."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__("; ".join(error.message for error in errors))
        self.errors = errors


class Documents:
    """Reads the documents of one schema; those that are valid are kept by their text, and plans beside them."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._kept: dict[str, Document] = {}
        self._plans: dict[Hashable, Plan | None] = {}

    def read(self, query: str) -> Document:
        """The document; TooMuchError, GraphQLError or InvalidDocumentError where it is not answered."""
        kept = self._kept.get(query)
        if kept is None:
            kept = self._read(query)
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            self._kept[query] = kept
        return kept

    def known(self, query: str) -> Document | None:
        """The document where it was read before."""
        return self._kept.get(query)

    def known_plan(self, key: Hashable) -> Plan | None:
        """The plan under a key where there is one already."""
        return self._plans.get(key)

    def plan(self, key: Hashable, make: Callable[[], Plan | None]) -> Plan | None:
        """The plan kept under a key, made where there is none yet; None where one plan is not enough for it."""
        if key in self._plans:
            return self._plans.get(key)
        plan = make()
        if plan is None or sum(len(step.rows.statement) for step in plan.values()) <= _MOST_STATEMENT:
            if len(self._plans) >= _MOST_PLANS:
                self._plans.clear()
            self._plans[key] = plan
        return plan

    def _read(self, query: str) -> Document:
        check_text(query)
        document = parse(query, no_location=True, max_tokens=MAX_TOKENS)
        operation, nodes = check_document(document)
        errors = validate(self._schema, document, _RULES, max_errors=MAX_ERRORS)
        if errors:
            raise InvalidDocumentError(errors)
        fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
        texts, numbers = _declared(operation, GraphQLString), _declared(operation, GraphQLInt)
        return Document(nodes, operation, fragments, texts, numbers)


def _declared(operation: OperationDefinitionNode, kind: GraphQLScalarType) -> frozenset[str]:
    """The variables declared as one value of a scalar."""
    found = set()
    for definition in operation.variable_definitions:
        declared = definition.type.type if isinstance(definition.type, NonNullTypeNode) else definition.type
        if isinstance(declared, NamedTypeNode) and declared.name.value == kind.name:
            found.add(definition.variable.name.value)
    return frozenset(found)


class VariablesStandForEachOtherRule(ValidationRule):
    """A variable may stand where its own type is wanted, or a scalar of the same sort.

    Unlike in the specification a variable may be null or undefined anywhere: a condition without operand is none.
    A single value may stand for a list of one.
    """

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self._defined: Mapping[str, VariableDefinitionNode] = {}

    def enter_operation_definition(self, node: OperationDefinitionNode, *_: Any) -> None:
        self._defined = {definition.variable.name.value: definition for definition in node.variable_definitions}

    def leave_operation_definition(self, operation: OperationDefinitionNode, *_: Any) -> None:
        for usage in self.context.get_recursive_variable_usages(operation):
            definition = self._defined.get(usage.node.name.value)
            declared = type_from_ast(self.context.schema, definition.type) if definition else None
            if definition and declared and usage.type and not _fits(declared, usage.type):
                name = definition.variable.name.value
                self.report_error(
                    GraphQLError(f"Variable '${name}' of type '{declared}' is used where '{usage.type}' is wanted.")
                )


def _fits(declared: GraphQLType, wanted: GraphQLType) -> bool:
    declared, wanted = _bare(declared), _bare(wanted)
    if isinstance(wanted, GraphQLList):
        inner = declared.of_type if isinstance(declared, GraphQLList) else declared
        return _fits(inner, wanted.of_type)
    if not is_named_type(declared) or not is_named_type(wanted):
        return False
    if is_leaf_type(declared) and is_leaf_type(wanted) and stands_for(str(declared), str(wanted)):
        return True
    return declared is wanted


def _bare(kind: GraphQLType) -> GraphQLType:
    return kind.of_type if isinstance(kind, GraphQLNonNull) else kind


# Whether fields of one name agree is checked where they are collected, in one pass instead of all pairs.
# A variable that is declared and not used does no harm, and clients of 2024 have some.
_LEFT_OUT = {OverlappingFieldsCanBeMergedRule, VariablesInAllowedPositionRule, NoUnusedVariablesRule}
_RULES = [rule for rule in specified_rules if rule not in _LEFT_OUT] + [VariablesStandForEachOtherRule]
