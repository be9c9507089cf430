"""The published tables about contracts, protocols and attestations: part of the contract in `published`."""

from __future__ import annotations

from observer.model.table import Column, ColumnType, Reference, Table

_REFERENCES = (Reference("artifact_id", "artifacts", "artifact_id"),)
_RECORD_REF = Column(
    "record_ref", ColumnType.TEXT, "Pointer to the source record: block and transaction, or file and line.", False
)


def _must(name: str, description: str, kind: ColumnType = ColumnType.TEXT, values: tuple[str, ...] = ()) -> Column:
    return Column(name, kind, description, is_nullable=False, values=values)


def _maybe(name: str, description: str, kind: ColumnType = ColumnType.TEXT) -> Column:
    return Column(name, kind, description)


ONCHAIN_TABLES = (
    Table(
        "contracts",
        "One row per contract of a project on a network.",
        (
            _must("artifact_id", "Id of the contract: base64 of SHA-256 over network and address."),
            _must("contract_address", "Address in lower case."),
            _must("contract_namespace", "Network; ANY_EVM where the directory names none and it was seen on none."),
            _must("project_id", "Id of the project that it belongs to."),
            _must("project_name", "Slug of the project."),
            _must(
                "basis",
                "Why it is the project's: it lists it, or its deployer or contract made it, or had it made.",
                values=("directory", "deployer", "factory", "originator"),
            ),
            _maybe("deployment_date", "Day of its creation, UTC; empty where that was not seen.", ColumnType.DATE),
            _maybe("factory_address", "Contract that made it; empty where a transaction did."),
            _maybe("originating_address", "Sender of the transaction that made it."),
            _maybe("root_deployer_address", "Sender of the transaction that made the first factory above it, or it."),
            _maybe("implementation_address", "Contract that it forwards calls to; empty where it is no known proxy."),
            _maybe("proxy_standard", "How the proxy is known."),
            _maybe("code_sha256", "SHA-256 of its code; empty where nobody traced its creation."),
            _must("sort_weight", "Transactions sent to it in the last 180 days.", ColumnType.BIGINT),
            _RECORD_REF,
        ),
        key=("contract_namespace", "contract_address"),
        references=(*_REFERENCES, Reference("project_id", "projects", "project_id")),
        indexes=(("project_id",), ("artifact_id",), ("contract_address",), ("root_deployer_address",)),
    ),
    Table(
        "contract_activity_daily",
        "One row per day and address of the directory that was called on a network.",
        (
            _must("bucket_day", "Day, UTC.", ColumnType.DATE),
            _must("network", "Network."),
            _must("contract_address", "Address that was called, in lower case."),
            _must("artifact_id", "Id of its artifact."),
            _must("transaction_count", "Transactions with input.", ColumnType.BIGINT),
            _must("successful_transaction_count", "Those that did not fail.", ColumnType.BIGINT),
            _must("address_count", "Different senders; cannot be added up over days or contracts.", ColumnType.BIGINT),
            _maybe("gas_used", "Gas that they used.", ColumnType.BIGINT),
            _maybe("l2_fee_wei", "Gas times its price, exact, as text; empty where a price is not known."),
            _maybe("l1_fee_wei", "Fees for data on the underlying network, exact, as text; empty where none."),
        ),
        key=("bucket_day", "network", "contract_address"),
        references=_REFERENCES,
        indexes=(("artifact_id", "bucket_day"),),
        order=("artifact_id", "bucket_day"),
    ),
    Table(
        "protocol_figures_daily",
        "One row per day, protocol, figure, chain and section.",
        (
            _must("bucket_day", "Day, UTC.", ColumnType.DATE),
            _must("artifact_id", "Id of the protocol: base64 of SHA-256 over source, namespace and name."),
            _must("protocol_slug", "Name of the protocol in addresses."),
            _must(
                "figure",
                "What it is.",
                values=("TVL", "FEES", "REVENUE", "HOLDERS_REVENUE", "SUPPLY_SIDE_REVENUE", "TRADING_VOLUME"),
            ),
            _must("chain", "Chain in lower case; empty for the total."),
            _must("section", "What is kept apart: borrowed, staking, pool2, vesting; empty for the value itself."),
            _must("amount", "US dollars; at the close of the day for TVL, else of the day.", ColumnType.DOUBLE),
            _must("measured_at", "The time that the source gives, UTC.", ColumnType.TIMESTAMP),
            _RECORD_REF,
        ),
        key=("bucket_day", "artifact_id", "figure", "chain", "section"),
        references=_REFERENCES,
        indexes=(("artifact_id", "figure", "bucket_day"),),
        order=("artifact_id", "figure", "bucket_day"),
    ),
)
