"""Who may do what in the database: the owner writes, the reader reads releases and nothing else.

A third role sees the tables of accounts and no release.
"""

from __future__ import annotations

from collections.abc import Iterator

DATABASE = "observer"
OWNER_ROLE = "observer_owner"
READER_ROLE = "observer_reader"
ACCOUNTS_ROLE = "observer_accounts"
LAKE_SCHEMA = "lake"

READER_SETTINGS = {
    "default_transaction_read_only": "on",
    "statement_timeout": "5s",
    "lock_timeout": "1s",
    "idle_in_transaction_session_timeout": "10s",
    "work_mem": "8MB",
}

ACCOUNTS_SETTINGS = {
    "statement_timeout": "5s",
    "lock_timeout": "2s",
    "idle_in_transaction_session_timeout": "10s",
}

# A read-only transaction does not stop these: they sleep, take locks, end other sessions or write large objects.
# In a pattern an underscore stands for any character: unescaped, `lo_%` would withhold lower() too.
_WITHHELD = (r"pg\_sleep%", r"pg\_%advisory%", r"lo\_%", "lowrite", r"pg\_notify", r"pg\_cancel\_backend",
             r"pg\_terminate\_backend", r"query\_to\_xml%", r"cursor\_to\_xml%", r"database\_to\_xml%")  # fmt: skip


def role_statements() -> Iterator[str]:
    """What the server needs once, run in its maintenance database."""
    for role in (OWNER_ROLE, READER_ROLE, ACCOUNTS_ROLE):
        yield f"do $$ begin create role {role} login; exception when duplicate_object then null; end $$"
    for name, value in READER_SETTINGS.items():
        yield f"alter role {READER_ROLE} set {name} = '{value}'"
    for name, value in ACCOUNTS_SETTINGS.items():
        yield f"alter role {ACCOUNTS_ROLE} set {name} = '{value}'"
    for role in (READER_ROLE, ACCOUNTS_ROLE):
        yield f"alter role {role} set temp_file_limit = '128MB'"
    for database in ("postgres", "template1"):
        yield f"revoke connect on database {database} from public"


def database_statements() -> Iterator[str]:
    """What our own database needs once, run inside it."""
    yield f"revoke all on database {DATABASE} from public"
    yield f"grant connect on database {DATABASE} to {READER_ROLE}, {ACCOUNTS_ROLE}"
    yield "revoke all on schema public from public"
    yield f"create schema if not exists {LAKE_SCHEMA} authorization {OWNER_ROLE}"
    patterns = ", ".join(f"'{pattern}'" for pattern in _WITHHELD)
    yield f"""do $$ declare f text; begin
        for f in select p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace
                 where n.nspname = 'pg_catalog' and p.prokind = 'f' and p.proname like any (array[{patterns}]) loop
            execute format('revoke execute on function %s from public', f);
            execute format('grant execute on function %s to {OWNER_ROLE}', f);
        end loop;
    end $$"""  # noqa: S608 - the names are our own constants
    # Servers that were prepared by an older version withhold some that only look alike, such as lower().
    yield f"""do $$ declare f text; begin
        for f in select p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace
                 where n.nspname = 'pg_catalog' and p.prokind = 'f' and p.proname like 'lo_%'
                   and not p.proname like any (array[{patterns}]) loop
            execute format('grant execute on function %s to public', f);
        end loop;
    end $$"""  # noqa: S608 - the names are our own constants
