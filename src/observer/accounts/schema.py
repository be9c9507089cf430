"""The tables of accounts: a schema that outlives releases, and a role that sees nothing else."""

from __future__ import annotations

import psycopg
from psycopg import sql

# Each entry is applied once, in order, and never changed afterwards: a new one is added instead.
MIGRATIONS: tuple[str, ...] = (
    """
    create table accounts.accounts (
        account_id bigint generated always as identity primary key,
        name text not null check (length(name) between 1 and 100),
        role text not null default 'user' check (role in ('user', 'developer')),
        is_admin boolean not null default false,
        created_at timestamptz not null default now(),
        closed_at timestamptz
    );
    create table accounts.identities (
        digest bytea primary key,
        kind text not null check (kind in ('email', 'github')),
        account_id bigint not null references accounts.accounts,
        created_at timestamptz not null default now()
    );
    create table accounts.keys (
        key_id bigint generated always as identity primary key,
        account_id bigint not null references accounts.accounts,
        digest bytea not null unique,
        masked text not null,
        label text not null check (length(label) between 1 and 100),
        created_at timestamptz not null default now(),
        expires_at timestamptz,
        last_used_at timestamptz,
        revoked_at timestamptz
    );
    create index keys_of_account on accounts.keys (account_id);
    create table accounts.sessions (
        digest bytea primary key,
        account_id bigint not null references accounts.accounts,
        created_at timestamptz not null default now(),
        seen_at timestamptz not null default now(),
        expires_at timestamptz not null
    );
    create index sessions_of_account on accounts.sessions (account_id);
    create table accounts.sign_ins (
        digest bytea primary key,
        identity bytea not null,
        created_at timestamptz not null default now(),
        expires_at timestamptz not null
    );
    create index sign_ins_of_identity on accounts.sign_ins (identity);
    create table accounts.applications (
        application_id bigint generated always as identity primary key,
        account_id bigint not null references accounts.accounts,
        purpose text not null,
        experience text not null,
        links text not null,
        submitted_at timestamptz not null default now(),
        decided_at timestamptz,
        is_accepted boolean,
        note text
    );
    create unique index one_open_application on accounts.applications (account_id) where decided_at is null;
    create table accounts.usage (
        account_id bigint references accounts.accounts,
        key_id bigint references accounts.keys,
        hour timestamptz not null,
        surface text not null,
        model_class text not null,
        requests bigint not null,
        refused bigint not null,
        failed bigint not null,
        seconds double precision not null,
        bytes bigint not null,
        units double precision not null,
        unique nulls not distinct (account_id, key_id, hour, surface, model_class)
    );
    create index usage_by_hour on accounts.usage (hour);
    create table accounts.audit (
        audit_id bigint generated always as identity primary key,
        at timestamptz not null default now(),
        actor text not null,
        action text not null,
        account_id bigint,
        detail text not null
    );
    create unlogged table accounts.rates (
        subject text primary key,
        arrival timestamptz not null
    );
    """,
    """
    alter table accounts.sign_ins alter column identity drop not null;
    alter table accounts.sign_ins add column account_id bigint references accounts.accounts;
    alter table accounts.sign_ins add check (num_nonnulls(identity, account_id) = 1);
    """,
    """
    create table accounts.reports (
        report_id bigint generated always as identity primary key,
        submitted_at timestamptz not null,
        account_id bigint references accounts.accounts,
        message text not null check (length(message) between 1 and 2000),
        metric text not null,
        entity text not null,
        title text not null,
        grain text not null,
        bucket date not null,
        amount double precision,
        state text not null,
        unit text not null,
        coverage_ratio double precision not null,
        release_number integer not null,
        evidence text not null,
        answered_at timestamptz,
        answer text check (length(answer) between 1 and 2000),
        check ((answered_at is null) = (answer is null))
    );
    create index reports_by_time on accounts.reports (submitted_at);
    """,
)

# The log of what was done is only ever added to.
_GRANTS = """
    grant usage on schema accounts to {role};
    grant select, insert, update, delete on all tables in schema accounts to {role};
    grant usage on all sequences in schema accounts to {role};
    revoke update, delete on accounts.audit from {role};
    revoke all on accounts.migrations from {role};
"""


def migrate(owner_url: str, accounts_url: str) -> None:
    """Makes the tables, or brings those of an older version up to date. Idempotent; safe from several processes.

    The role behind `accounts_url` gets the rights that accounts need, where it is not the owner itself.
    """
    with psycopg.connect(accounts_url, application_name="observer accounts") as connection:
        row = connection.execute("select current_user").fetchone()
        role = row[0] if row else ""
    with psycopg.connect(owner_url, application_name="observer accounts") as connection:
        connection.execute("set local client_min_messages = warning")
        connection.execute("select pg_advisory_xact_lock(hashtext('observer.accounts'))")
        connection.execute("create schema if not exists accounts")
        connection.execute(
            "create table if not exists accounts.migrations "
            "(number integer primary key, applied_at timestamptz not null default now())"
        )
        row = connection.execute("select coalesce(max(number), 0) from accounts.migrations").fetchone()
        done = int(row[0]) if row else 0
        for number, statements in enumerate(MIGRATIONS[done:], start=done + 1):
            connection.execute(statements)
            connection.execute("insert into accounts.migrations (number) values (%s)", (number,))
        is_owner = connection.execute("select current_user = %s", (role,)).fetchone() == (True,)
        if len(MIGRATIONS) > done and not is_owner:
            connection.execute(sql.SQL(_GRANTS).format(role=sql.Identifier(role)))
