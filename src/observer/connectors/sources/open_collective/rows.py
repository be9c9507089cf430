"""Ledger rows of Open Collective: one transaction in, one row of the stream out. Raises ValueError.

People are kept as a hash of their account: names, descriptions and memos are not read at all. Only accounts of a
type that is no person keep slug and name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

from observer.connectors.sources.oss_funding.amounts import decimal_text, money_text

Row = dict[str, object]
Record = Mapping[str, object]

PUBLIC_TYPES = frozenset({"COLLECTIVE", "ORGANIZATION", "FUND", "PROJECT", "EVENT", "HOST", "VENDOR", "BOT"})
LEDGER_COLUMNS = frozenset(
    {
        "datetime",
        "shortId",
        "shortGroup",
        "type",
        "kind",
        "isRefund",
        "isRefunded",
        "amount",
        "paymentProcessorFee",
        "netAmount",
        "currency",
        "accountSlug",
        "oppositeAccountSlug",
    }
)
_FEES = ("HOST_FEE", "HOST_FEE_SHARE", "PLATFORM_TIP", "PLATFORM_FEE", "PAYMENT_PROCESSOR_FEE")


def ledger_row(row: Record) -> Row:
    """A row of the ledger that Open Collective exports as CSV."""
    kind, slug = _required(row, "kind"), _slug(row.get("oppositeAccountSlug"))
    # An export does not say what an account is; who takes fees is a host, nobody else is known to be no person.
    opposite_type = "HOST" if kind in _FEES else None
    return _checked(
        {
            "transaction_id": _required(row, "shortId"),
            "group_id": _text(row.get("shortGroup")),
            "created_at": _time(row.get("datetime")),
            "type": _required(row, "type"),
            "kind": kind,
            "account_slug": _slug(row.get("accountSlug")),
            **_opposite(slug, _text(row.get("oppositeAccountName")), opposite_type),
            "currency": _required(row, "currency"),
            "amount": money_text(row.get("amount")),
            **_ledger_parts(row),
            "balance": decimal_text(row["balance"]) if row.get("balance") else None,
            "is_refund": row.get("isRefund") == "REFUND",
            "is_refunded": row.get("isRefunded") == "REFUNDED",
            "refund_transaction_id": _text(row.get("shortRefundId")),
            "payment_method_service": _text(row.get("paymentMethodService")),
            "payment_method_type": _text(row.get("paymentMethodType")),
            "expense_type": _text(row.get("expenseType")),
        }
    )


def graphql_row(node: Record) -> Row:
    """A node of `transactions` of the GraphQL API, version 2."""
    opposite = _object(node.get("oppositeAccount"))
    method = _object(node.get("paymentMethod"))
    currency = _object(node.get("amount")).get("currency")
    return _checked(
        {
            "transaction_id": _required(node, "id"),
            "group_id": _text(node.get("group")),
            "created_at": _time(node.get("createdAt")),
            "type": _required(node, "type"),
            "kind": _required(node, "kind"),
            "account_slug": _slug(_object(node.get("account")).get("slug")),
            **_opposite(_slug(opposite.get("slug")), _text(opposite.get("name")), _text(opposite.get("type"))),
            "currency": _required({"currency": currency}, "currency"),
            "amount": _cents(node, "amount", currency),
            "payment_processor_fee": _cents(node, "paymentProcessorFee", currency) or "0",
            "host_fee": _sum(_cents(node, "hostFee", currency), _cents(node, "platformFee", currency)),
            "tax_amount": _cents(node, "taxAmount", currency) or "0",
            "net_amount": _cents(node, "netAmount", currency),
            "balance": None,
            "is_refund": node.get("isRefund") is True,
            "is_refunded": node.get("isRefunded") is True,
            "refund_transaction_id": _text(_object(node.get("refundTransaction")).get("id")),
            "payment_method_service": _text(method.get("service")),
            "payment_method_type": _text(method.get("type")),
            "expense_type": _text(_object(node.get("expense")).get("type")),
        }
    )


def collective_row(account: Record) -> Row:
    """An account of the GraphQL API that is a collective, fund, project, event or organization."""
    balance = _object(_object(account.get("stats")).get("balance"))
    currency = _text(account.get("currency")) or _text(balance.get("currency"))
    return {
        "slug": _slug(_required(account, "slug")),
        "display_name": _text(account.get("name")),
        "account_type": _text(account.get("type")),
        "currency": currency,
        "balance": _amount(balance, currency),
        "host_slug": _slug(_object(account.get("host")).get("slug")),
    }


def _ledger_parts(row: Record) -> Row:
    """Fees and net of an exported row. Until 2021 the host's fee has no row and no column: it is what is missing."""
    fee = decimal_text(row.get("paymentProcessorFee") or "0")
    tax = decimal_text(row.get("taxAmount") or "0")
    net = decimal_text(row.get("netAmount"))
    host = Decimal(net) - Decimal(decimal_text(row.get("amount"))) - Decimal(fee) - Decimal(tax)
    return {"payment_processor_fee": fee, "host_fee": decimal_text(host), "tax_amount": tax, "net_amount": net}


def _checked(row: Row) -> Row:
    """The row, if its parts add up and its sign is that of its type."""
    if row["type"] not in ("CREDIT", "DEBIT"):
        raise ValueError(f"a transaction is neither CREDIT nor DEBIT but {row['type']!r}")
    names = ("amount", "payment_processor_fee", "host_fee", "tax_amount")
    amount, *fees = (Decimal(str(row[name])) for name in names)
    if amount + sum(fees) != Decimal(str(row["net_amount"])):
        raise ValueError(f"{amount} with fees of {', '.join(map(str, fees))} is not {row['net_amount']}")
    if amount and (amount < 0) == (row["type"] == "CREDIT"):
        raise ValueError(f"a {row['type']} of {amount}")
    if not row["account_slug"]:
        raise ValueError("a transaction without its account")
    return row


def _opposite(slug: str | None, name: str | None, kind: str | None) -> Row:
    is_public = kind in PUBLIC_TYPES
    return {
        "opposite_account_id": hashlib.sha256(slug.encode()).hexdigest() if slug else None,
        "opposite_account_slug": slug if is_public else None,
        "opposite_account_name": name if is_public else None,
        "opposite_account_type": kind,
    }


def _cents(node: Record, name: str, currency: object) -> str | None:
    return _amount(_object(node.get(name)), currency)


def _amount(amount: Record, currency: object) -> str | None:
    cents = amount.get("valueInCents")
    if cents is None:
        return None
    if amount.get("currency") not in (None, currency):
        raise ValueError(f"amounts in {currency} and in {amount.get('currency')}")
    # The API counts all currencies in hundredths, also those without cents.
    return money_text(Decimal(decimal_text(cents)) / 100)


def _sum(*amounts: str | None) -> str:
    return decimal_text(sum((Decimal(amount) for amount in amounts if amount), Decimal(0)))


def _object(value: object) -> Record:
    return value if isinstance(value, Mapping) else {}


def _required(row: Record, name: str) -> str:
    found = _text(row.get(name))
    if found is None:
        raise ValueError(f"a transaction without its {name}")
    return found


def _text(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def _slug(value: object) -> str | None:
    found = _text(value)
    return found.lower() if found else None


def _time(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("a transaction without its time")
    moment = datetime.fromisoformat(value)
    moment = moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)
    return moment.isoformat(timespec="microseconds")
