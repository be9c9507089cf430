"""Published tables about people: users, why identities are one, and to which organizations they belonged."""

from __future__ import annotations

from observer.model.people import USER_CLASSES
from observer.model.table import ColumnType, Reference, Table
from observer.model.table import maybe as _maybe
from observer.model.table import must as _must
from observer.model.table import text as _text

_RULES = ("self_claim", "assertion", "domain")
_NAME = "Name of the organization, the name of its file."

PEOPLE_TABLES = (
    Table(
        "users",
        "One row per person, organization, bot or agent behind an event.",
        (
            _text("user_id", "Id of the user: base64 of SHA-256 over source, namespace and name."),
            _text("user_source", "How the user is known: GITHUB, GITLAB, GIT_EMAIL, or where it gave money."),
            _maybe("user_source_id", "Number of the account at the source."),
            _maybe("user_name", "Login; empty for people known only by the hash of an e-mail address."),
            _maybe("display_name", "Name for people."),
            _text("user_class", "person, organization, bot or agent.", *(each.value for each in USER_CLASSES)),
            _maybe("class_evidence", "Why the class was chosen."),
            _maybe("url", "Address of the account."),
        ),
        key=("user_id",),
        indexes=(("user_name",),),
    ),
    Table(
        "identity_links",
        "One row per link between two identities of somebody, and rule: why they are one person or are not.",
        (
            _text("link_id", "Id of the link."),
            _text("from_identity_id", "Id of the first identity, mostly that of an e-mail address."),
            _text("from_source", "GIT_EMAIL or GITHUB."),
            _text("to_identity_id", "Id of the second identity, mostly that of an account."),
            _text("to_source", "GIT_EMAIL or GITHUB."),
            _text("user_id", "The user that the second identity is today."),
            _text("rule", "private_address, verified_address, same_commit, renamed_account, assertion or self_claim."),
            _text("evidence", "What shows it; of an assertion its reason."),
            _must("confidence", ColumnType.DOUBLE, "How sure that is, 0 to 1."),
            _must("evidence_count", ColumnType.BIGINT, "How many records show it."),
            _text("author", "The rule or person that made the link."),
            _maybe("created_at", "When the evidence was first collected or the assertion made.", ColumnType.TIMESTAMP),
            _text("state", "Whether it holds.", "accepted", "suggested", "refused", "undone"),
            _must("is_undone", ColumnType.BOOLEAN, "Whether somebody took it back."),
            _maybe("state_reason", "Why it is not accepted; empty where it is."),
        ),
        key=("link_id",),
        references=(Reference("user_id", "users", "user_id"),),
        indexes=(("user_id",), ("from_identity_id",)),
    ),
    Table(
        "organizations",
        "One row per organization that somebody declared.",
        (
            _text("organization_name", _NAME),
            _text("display_name", "The name to show."),
            _must("is_independent", ColumnType.BOOLEAN, "Whether it stands for people who belong to no organization."),
            _must("domain_count", ColumnType.BIGINT, "How many domains show that somebody belongs to it."),
            _must("declared_person_count", ColumnType.BIGINT, "How many declarations about people there are."),
            _must("member_count", ColumnType.BIGINT, "How many users behind events belonged to it at some time."),
        ),
        key=("organization_name",),
    ),
    Table(
        "affiliations",
        "One row per user and span of days: to which organization somebody belonged, and what shows it.",
        (
            _text("user_id", "Id of the user."),
            _must("start_date", ColumnType.DATE, "First day, UTC; 1900-01-01 where none was declared."),
            _maybe("end_date", "Last day; empty where it still held on the last complete day.", ColumnType.DATE),
            _text("organization_name", _NAME),
            _must(
                "is_independent",
                ColumnType.BOOLEAN,
                "Whether it was declared that the user belongs to no organization.",
            ),
            _text("rule", "self_claim, assertion or domain.", *_RULES),
            _text("evidence", "The reason of a declaration, or the domain of the addresses."),
            _text("author", "Who declared it, or the rule."),
            _text("record_ref", "Pointer to the declaration: file and line."),
        ),
        key=("user_id", "start_date"),
        references=(
            Reference("user_id", "users", "user_id"),
            Reference("organization_name", "organizations", "organization_name"),
        ),
        indexes=(("organization_name",),),
    ),
    Table(
        "contributions_by_organization",
        "One row per project or collection, month and organization whose people made commits.",
        (
            _text("entity_type", "project or collection.", "project", "collection"),
            _text("entity_id", "Id of the project or collection."),
            _must("month", ColumnType.DATE, "First day of the month of the commits, UTC."),
            _text(
                "organization_name",
                "Name of the organization; independent and unknown stand for people without a known one.",
            ),
            _text(
                "affiliation",
                "organization; independent: it was declared that they belong to none; unknown.",
                *("organization", "independent", "unknown"),
            ),
            _must("commit_count", ColumnType.BIGINT, "Commits of its people in the month."),
            _must(
                "contributor_count",
                ColumnType.BIGINT,
                "Its people with a commit in the month; who changes organizations within a month is counted in both.",
            ),
            _must("commit_share", ColumnType.DOUBLE, "Its part of all commits of people in the month, 0 to 1."),
            _must(
                "is_complete",
                ColumnType.BOOLEAN,
                "Whether the month was over on the last complete day; otherwise there may be more to come.",
            ),
        ),
        key=("entity_type", "entity_id", "month", "organization_name"),
        indexes=(("organization_name",),),
    ),
)
