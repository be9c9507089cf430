"""The streams of the open-collective source. Amounts are decimal text in the currency of the collective."""

from __future__ import annotations

import pyarrow as pa

from observer.connectors.streams import Stream
from observer.model.load import WriteMode

_TEXT, _BOOL, _TIME = pa.string(), pa.bool_(), pa.timestamp("us")

COLLECTIVES = Stream(
    "collectives",
    pa.schema(
        [
            ("slug", _TEXT),
            ("display_name", _TEXT),
            ("account_type", _TEXT),
            ("currency", _TEXT),
            ("balance", _TEXT),
            ("host_slug", _TEXT),
            ("_record_ref", _TEXT),
        ]
    ),
    ("slug",),
    WriteMode.UPSERT,
)

TRANSACTIONS = Stream(
    "transactions",
    pa.schema(
        [
            ("transaction_id", _TEXT),
            ("group_id", _TEXT),
            ("created_at", _TIME),
            ("type", _TEXT),
            ("kind", _TEXT),
            ("account_slug", _TEXT),
            ("opposite_account_id", _TEXT),
            ("opposite_account_slug", _TEXT),
            ("opposite_account_name", _TEXT),
            ("opposite_account_type", _TEXT),
            ("currency", _TEXT),
            ("amount", _TEXT),
            ("payment_processor_fee", _TEXT),
            ("host_fee", _TEXT),
            ("tax_amount", _TEXT),
            ("net_amount", _TEXT),
            ("balance", _TEXT),
            ("is_refund", _BOOL),
            ("is_refunded", _BOOL),
            ("refund_transaction_id", _TEXT),
            ("payment_method_service", _TEXT),
            ("payment_method_type", _TEXT),
            ("expense_type", _TEXT),
            ("_record_ref", _TEXT),
        ]
    ),
    ("transaction_id",),
    WriteMode.UPSERT,
)

ALL = (COLLECTIVES, TRANSACTIONS)
