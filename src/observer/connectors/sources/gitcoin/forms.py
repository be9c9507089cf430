"""The forms in which Gitcoin's tables were published, told apart by their columns; rows in, rows of a stream out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from observer.connectors.sources.gitcoin import streams
from observer.connectors.sources.gitcoin.values import dollars, lower, same_amount, text, time, token_amount, whole
from observer.connectors.streams import Stream

Row = dict[str, object]
Record = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Form:
    """One published form: the columns that it must have, the stream that its rows go to, and how."""

    stream: Stream
    columns: frozenset[str]
    convert: Callable[[Record], Row]


def form_of(columns: Iterable[str]) -> Form | None:
    """The form with these columns; further ones do no harm. None where no form fits."""
    names = frozenset(columns)
    return next((form for form in FORMS if form.columns <= names), None)


def _application(row: Record) -> Row:
    return {
        "chain_id": whole(row["chain_id"]),
        "round_id": lower(row["round_id"]),
        "project_name": text(row["project_name"]),
        "project_slug": lower(row.get("oso_slug")),
        "project_github": lower(row.get("project_github")),
        "recipient_address": lower(row["grant_address"]),
        "round_at": time(row["round_date"]),
        "donated_usd": dollars(row["amount_usd"]),
        "matched_usd": dollars(row["match_usd"]),
        "total_usd": dollars(row.get("total_usd")),
    }


def _result(row: Record) -> Row:
    return {
        "round_number": whole(row["round_num"]),
        "project_name": text(row["title"]),
        "project_github": lower(row.get("github")),
        "organization_name": text(row.get("org_name")),
        "recipient_address": lower(row["payoutaddress"]),
        "themes": text(row.get("themes")),
        "contributor_count": whole(row.get("total_unique_contributors")),
        "contribution_count": whole(row.get("total_contributions")),
        "donated_usd": dollars(row["total_crowdfund_amount"]),
        "matched_usd": dollars(row["total_match_amount"]),
        "total_usd": dollars(row.get("total_funding")),
    }


def _distribution(row: Record) -> Row:
    return {
        "chain_id": whole(row["ChainId"]),
        "round_id": lower(row["RoundId"]),
        "application_id": text(row["ApplicationId"]),
        "project_id": lower(row["ProjectId"]),
        "project_name": text(row["ProjectName"]),
        "recipient_address": lower(row["ProjectPayoutAddress"]),
        "matched_at": None,
        "contribution_count": whole(row.get("ContributionsCount")),
        "match_amount": same_amount(row["MatchAmountInToken"], row.get("MatchAmountInTokenHex")),
        "original_match_amount": same_amount(
            row.get("OriginalMatchAmountInToken"), row.get("OriginalMatchAmountInTokenHex")
        ),
        "matched_usd": dollars(row["MatchAmountUSD"]),
        "original_matched_usd": dollars(row.get("OriginalMatchAmountUSD")),
    }


def _match(row: Record) -> Row:
    return {
        "chain_id": whole(row["chain_id"]),
        "round_id": lower(row["round_id"]),
        "application_id": None,
        "project_id": lower(row["project_id"]),
        "project_name": text(row["title"]),
        "recipient_address": lower(row["recipient_address"]),
        "matched_at": time(row.get("timestamp")),
        "contribution_count": None,
        "match_amount": token_amount(row.get("match_amount")),
        "original_match_amount": None,
        "matched_usd": dollars(row["match_amount_in_usd"]),
        "original_matched_usd": None,
    }


def _donation(row: Record) -> Row:
    return {
        "chain_id": whole(row["chain_id"]),
        "round_id": lower(row["round_id"]),
        "project_id": lower(row["project_id"]),
        "project_name": text(row["project_name"]),
        "recipient_address": lower(row["recipient_address"]),
        "donor_address": lower(row["donor_address"]),
        "transaction_hash": lower(row.get("transaction_hash")),
        "donated_at": time(row["timestamp"]),
        "token_address": lower(row.get("token_address")),
        "token_amount": token_amount(row.get("amount")),
        "donated_usd": dollars(row["amount_in_usd"]),
    }


def round_of(record: Record, row: Row) -> Row | None:
    """What a row says about its round; None where it names none."""
    round_id = row.get("round_id")
    if round_id is None:
        return None
    chain = row.get("chain_id")
    return {
        "round_key": f"{'' if chain is None else chain}:{round_id}",
        "chain_id": chain,
        "round_id": round_id,
        "round_name": text(record.get("round_name")),
        "round_number": whole(record.get("round_num")),
        "program_address": lower(record.get("program_address")),
        "round_at": row.get("round_at"),
        "_record_ref": row["_record_ref"],
    }


FORMS = (
    Form(
        streams.APPLICATIONS,
        frozenset({"project_name", "grant_address", "round_id", "chain_id", "round_date", "amount_usd", "match_usd"}),
        _application,
    ),
    Form(
        streams.ROUND_RESULTS,
        frozenset({"round_num", "title", "payoutaddress", "total_crowdfund_amount", "total_match_amount"}),
        _result,
    ),
    Form(
        streams.MATCHING,
        frozenset(
            {
                "ChainId",
                "RoundId",
                "ApplicationId",
                "ProjectId",
                "ProjectName",
                "ProjectPayoutAddress",
                "MatchAmountInToken",
                "MatchAmountUSD",
            }
        ),
        _distribution,
    ),
    Form(
        streams.DONATIONS,
        frozenset(
            {
                "timestamp",
                "chain_id",
                "round_id",
                "project_id",
                "project_name",
                "recipient_address",
                "donor_address",
                "amount_in_usd",
            }
        ),
        _donation,
    ),
    Form(
        streams.MATCHING,
        frozenset({"title", "chain_id", "round_id", "project_id", "recipient_address", "match_amount_in_usd"}),
        _match,
    ),
)
