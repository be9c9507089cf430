"""Hides people's e-mail addresses: local parts become SHA-1, as the archive itself has done since 2016.

Here the rule is written twice, for Python and for SQL; both leave a local part alone that is 40 hex digits already.
"""

from __future__ import annotations

import hashlib
import re

_HASHED = re.compile(r"[0-9a-f]{40}")
_LOCAL = re.compile(r"[^\s\"<>@:,;\\/()\[\]{}]+(?=@)")

# In a tag or branch `name@1.2.3` is a version and no address.
_ADDRESS_SQL = r"[^\s<>@]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}"
_VERSION_SQL = r"@v?[0-9]+\.[0-9]+\.[0-9]+"


def hash_local(local: str) -> str:
    """The SHA-1 of a local part in hex, or the local part if it is a hash already."""
    return local if _HASHED.fullmatch(local) else hashlib.sha1(local.encode("utf-8", "replace")).hexdigest()  # noqa: S324


def redact(text: str) -> str:
    """Text in which the local part of whatever may be an address is hashed."""
    return _LOCAL.sub(lambda match: hash_local(match.group()), text)


def email_hash_sql(email: str) -> str:
    """SQL for the hash of an address' local part: what is before the last `@`, or all of it without one."""
    local = rf"regexp_replace(trim({email}, ' <>'), '@[^@]*$', '')"
    hashed = f"if(regexp_full_match({local}, '[0-9a-f]{{40}}'), {local}, sha1({local}))"
    # Nearly all are hashed already, and this form is found three times as fast.
    return f"if(regexp_matches({email}, '^[0-9a-f]{{40}}(@[^@]*)?$'), left({email}, 40), {hashed})"


def email_domain_sql(email: str) -> str:
    """SQL for the domain of an address, null without one."""
    domain = f"split_part({email}, '@', -1)"
    plain = f"if(regexp_matches({domain}, '[ >]$'), rtrim({domain}, ' >'), {domain})"
    return f"if(contains({email}, '@'), nullif({plain}, ''), null)"


def without_address_sql(text: str) -> str:
    """SQL for free text (a person's name, a branch) in which addresses have lost their local part."""
    return (
        f"case when contains({text}, '@') and regexp_matches({text}, '{_ADDRESS_SQL}') "
        f"and not regexp_matches({text}, '{_VERSION_SQL}') "
        rf"then regexp_replace({text}, '[^\s<>@]+@', '@', 'g') else {text} end"
    )


def email_free_sql(json: str) -> str:
    """SQL for JSON text that is equal for every form of the addresses inside: their local parts are gone."""
    return rf"""regexp_replace({json}, '[^\s"<>@]+@', '@', 'g')"""
