"""The JSON shapes of the three eras and the one typed table that SQL makes of them.

A shape names what is read and nothing else: what is not named is skipped by the JSON reader.
"""

from __future__ import annotations

import json

from observer.connectors.sources.github_archive.people import email_free_sql, without_address_sql

Shape = dict[str, object]

_USER: Shape = {"id": "BIGINT", "login": "VARCHAR"}
_PULL_REQUEST: Shape = {
    "id": "BIGINT",
    "number": "INTEGER",
    "state": "VARCHAR",
    "user": _USER,
    "merged": "BOOLEAN",
    "merged_at": "VARCHAR",
    "merge_commit_sha": "VARCHAR",
    "author_association": "VARCHAR",
    "base": {
        "repo": {
            "default_branch": "VARCHAR",
            "stargazers_count": "INTEGER",
            "forks_count": "INTEGER",
            "watchers_count": "INTEGER",
        }
    },
}
_BY_USER: Shape = {"id": "BIGINT", "user": _USER, "author_association": "VARCHAR"}
_ISSUE: Shape = {**_BY_USER, "number": "INTEGER", "pull_request": {"url": "VARCHAR"}}
_RELEASE: Shape = {"id": "BIGINT", "tag_name": "VARCHAR", "author": _USER}
_FORKEE: Shape = {"id": "BIGINT", "full_name": "VARCHAR", "owner": _USER}

EVENTS_SHAPE: Shape = {
    "id": "VARCHAR",
    "type": "VARCHAR",
    "created_at": "VARCHAR",
    "actor": _USER,
    "repo": {"id": "BIGINT", "name": "VARCHAR"},
    "org": _USER,
    "payload": {
        "action": "VARCHAR",
        "ref": "VARCHAR",
        "ref_type": "VARCHAR",
        "master_branch": "VARCHAR",
        "number": "INTEGER",
        "push_id": "BIGINT",
        "size": "INTEGER",
        "distinct_size": "INTEGER",
        "head": "VARCHAR",
        "before": "VARCHAR",
        "commits": [{"sha": "VARCHAR", "author": {"name": "VARCHAR", "email": "VARCHAR"}, "distinct": "BOOLEAN"}],
        "issue": _ISSUE,
        "comment": _BY_USER,
        "review": _BY_USER,
        "pull_request": _PULL_REQUEST,
        "release": _RELEASE,
        "forkee": _FORKEE,
        "member": _USER,
    },
}

TIMELINE_SHAPE: Shape = {
    "id": "VARCHAR",
    "type": "VARCHAR",
    "created_at": "VARCHAR",
    "url": "VARCHAR",
    "actor": "VARCHAR",
    "repo": {"id": "BIGINT"},
    "repository": {
        "id": "BIGINT",
        "owner": "VARCHAR",
        "name": "VARCHAR",
        "organization": "VARCHAR",
        "master_branch": "VARCHAR",
        "stargazers": "INTEGER",
        "forks": "INTEGER",
        "watchers": "INTEGER",
    },
    "payload": {
        "id": "BIGINT",
        "action": "VARCHAR",
        "ref": "VARCHAR",
        "ref_type": "VARCHAR",
        "object": "VARCHAR",
        "object_name": "VARCHAR",
        "master_branch": "VARCHAR",
        "number": "INTEGER",
        "size": "INTEGER",
        "head": "VARCHAR",
        "shas": [["VARCHAR"]],
        "issue": "VARCHAR",
        "comment_id": "BIGINT",
        "comment": _BY_USER,
        "pull_request": _PULL_REQUEST,
        "release": _RELEASE,
        "target": _USER,
        "member": _USER,
    },
}

SHAPES = {"events": EVENTS_SHAPE, "timeline": TIMELINE_SHAPE}

# Public GitHub began in 2008; a date outside this range is damage, not history.
FIRST_DATE, LAST_DATE = "2008-01-01", "2100-01-01"
# As JSON writes it; not even a text column of PostgreSQL can hold one.
_NUL = r"\u0000"
_SLIM_SINCE = "2025-10-07"


def typed_sql(era: str, relation: str, max_line_bytes: int) -> str:
    """A SELECT over `relation(j, line, place)`: typed columns, the commits of pushes, and `suspect`.

    `suspect` holds the bytes of a record that lacks what its type must have, and is null for the others.
    """
    fields = ", ".join(f"{sql} as {name}" for name, sql in COLUMNS[era].items())
    shape = json.dumps(SHAPES[era])
    return f"""
        with parsed as (
            select j, line, place, try(from_json(j, '{shape}')) as x,
                {_TIMELINE_KEY if era == "timeline" else "null"} as content
            from {relation}
        ), timed as (
            select *, x.payload as p, {_utc("x.created_at")} as moment from parsed
        ), typed as (select j, line, place, {fields} from timed)
        select * exclude (j), if(
            coalesce({_SUSPECT[era]}, true) or strlen(j) > {max_line_bytes} or contains(j, '{_NUL}'),
            encode(j), null
        ) as suspect
        from typed
    """  # noqa: S608


def _utc(text: str) -> str:
    """SQL for a time with or without offset as a timestamp in UTC; needs the session's time zone to be UTC."""
    slashes = f"try_strptime({text}, '%Y/%m/%d %H:%M:%S %z')"
    return f"cast(coalesce(try_cast({text} as timestamptz), {slashes}) as timestamp)"


_TIMELINE_KEY = f"try(left(sha256({email_free_sql('cast(json(j) as varchar)')}), 32))"


def _person(column: str) -> str:
    return (
        f"case when p.comment.id is not null then p.comment.user.{column} "
        f"when p.review.id is not null then p.review.user.{column} "
        f"when p.pull_request.id is not null then p.pull_request.user.{column} "
        f"when p.issue.id is not null then p.issue.user.{column} "
        f"else coalesce(p.release.author.{column}, p.forkee.owner.{column}, p.member.{column}) end"
    )


_MERGED = """case when x.type <> 'PullRequestEvent' then null
    when p.action = 'merged' then true
    when p.pull_request.merged is not null then p.pull_request.merged
    when p.pull_request.merged_at is not null then true
    when p.action <> 'closed' then false end"""

_EVENTS: dict[str, str] = {
    # Ids were used again when GitHub changed their space in 2025; with repository and time they are one event's own.
    "event_key": "concat_ws('/', x.id, x.repo.id, epoch_us(moment))",
    "event_id": "x.id",
    "type": "x.type",
    "created_at": "moment",
    "era": f"""case when x.type = 'PushEvent' then if(p.size is null and p.commits is null, 'slim', 'events')
        when p.pull_request.id is not null then if(p.pull_request.state is null, 'slim', 'events')
        else if(moment >= timestamp '{_SLIM_SINCE}', 'slim', 'events') end""",
    "actor_id": "x.actor.id",
    "actor_login": "x.actor.login",
    "repository_id": "x.repo.id",
    "repository_name": "x.repo.name",
    "organization_id": "x.org.id",
    "organization_login": "x.org.login",
    "action": "p.action",
    "ref": without_address_sql("p.ref"),
    "ref_type": "p.ref_type",
    "number": "coalesce(p.number, p.issue.number, p.pull_request.number)",
    "is_merged": _MERGED,
    "merged_at": f"if(x.type = 'PullRequestEvent', {_utc('p.pull_request.merged_at')}, null)",
    "subject_id": """coalesce(p.comment.id, p.review.id, p.pull_request.id, p.issue.id, p.release.id, p.forkee.id,
        p.member.id, p.push_id)""",
    "subject_actor_id": _person("id"),
    "subject_actor_login": _person("login"),
    "is_pull_request": """case when x.type in ('IssueCommentEvent', 'IssuesEvent') then p.issue.pull_request is not null
        when p.pull_request.id is not null then true end""",
    "push_size": "if(x.type = 'PushEvent', p.size, null)",
    "push_distinct_size": "if(x.type = 'PushEvent', p.distinct_size, null)",
    "push_head": "p.head",
    "push_before": "p.before",
    "default_branch": without_address_sql("coalesce(p.master_branch, p.pull_request.base.repo.default_branch)"),
    "merge_commit_id": f"if({_MERGED}, p.pull_request.merge_commit_sha, null)",
    "author_association": """coalesce(p.comment.author_association, p.review.author_association,
        p.pull_request.author_association, p.issue.author_association)""",
    "tag_name": without_address_sql("p.release.tag_name"),
    "forkee_id": "p.forkee.id",
    "forkee_name": "p.forkee.full_name",
    "stargazers_count": "p.pull_request.base.repo.stargazers_count",
    "forks_count": "p.pull_request.base.repo.forks_count",
    "watchers_count": "p.pull_request.base.repo.watchers_count",
    "commits": """[{'commit_id': c.sha, 'author_name': c.author.name, 'email': c.author.email,
        'is_distinct': c.distinct} for c in p.commits]""",
}

_TIMELINE: dict[str, str] = _EVENTS | {
    "event_key": "content",
    "event_id": "x.id",
    "era": "'timeline'",
    "actor_id": "cast(null as bigint)",
    "actor_login": "x.actor",
    "repository_id": "x.repository.id",
    "repository_name": "x.repository.owner || '/' || x.repository.name",
    "organization_id": "cast(null as bigint)",
    "organization_login": "x.repository.organization",
    "ref": without_address_sql("coalesce(p.ref, p.object_name)"),
    "ref_type": "coalesce(p.ref_type, p.object)",
    "number": r"""coalesce(p.number, p.pull_request.number,
        try_cast(regexp_extract(x.url, '/(?:issues|pull)/(\d+)', 1) as integer))""",
    "subject_id": """coalesce(p.comment.id, p.comment_id, p.pull_request.id, try_cast(p.issue as bigint), p.release.id,
        p.target.id, p.member.id, p.id)""",
    "subject_actor_id": """coalesce(p.comment.user.id, p.pull_request.user.id, p.release.author.id, p.target.id,
        p.member.id)""",
    "subject_actor_login": """coalesce(p.comment.user.login, p.pull_request.user.login, p.release.author.login,
        p.target.login, p.member.login)""",
    "is_pull_request": """case when x.type = 'IssueCommentEvent' then contains(x.url, '/pull/')
        when x.type = 'IssuesEvent' then false when p.pull_request.id is not null then true end""",
    "push_distinct_size": "cast(null as integer)",
    "push_before": "cast(null as varchar)",
    "default_branch": without_address_sql("x.repository.master_branch"),
    "author_association": "cast(null as varchar)",
    "forkee_id": "cast(null as bigint)",
    "forkee_name": r"""if(x.type = 'ForkEvent',
        nullif(regexp_extract(x.url, '^https?://github\.com/([^/]+/[^/#?]+)', 1), ''), null)""",
    "stargazers_count": "coalesce(x.repository.stargazers, x.repository.watchers)",
    "forks_count": "x.repository.forks",
    "watchers_count": "x.repository.watchers",
    "commits": """[{'commit_id': c[1], 'author_name': c[4], 'email': c[2],
        'is_distinct': try_cast(c[5] as boolean)} for c in p.shas]""",
}

COLUMNS = {"events": _EVENTS, "timeline": _TIMELINE}

_IN_RANGE = f"created_at < timestamp '{FIRST_DATE}' or created_at >= timestamp '{LAST_DATE}'"
_SUSPECT = {
    "events": f"""try_cast(event_id as bigint) is null or type is null or created_at is null or {_IN_RANGE}
        or actor_id is null or repository_id is null or repository_name is null
        or case type
            when 'PushEvent' then subject_id is null or (push_size is null and era <> 'slim')
                or (push_size is null and created_at < timestamp '{_SLIM_SINCE}')
            when 'WatchEvent' then action is null
            when 'CreateEvent' then ref_type is null
            when 'DeleteEvent' then ref_type is null
            when 'GollumEvent' then false
            when 'PublicEvent' then false
            when 'IssuesEvent' then subject_id is null or number is null or action is null
            when 'PullRequestEvent' then subject_id is null or number is null or action is null
            when 'IssueCommentEvent' then subject_id is null or number is null
            when 'PullRequestReviewEvent' then subject_id is null or number is null
            when 'PullRequestReviewCommentEvent' then subject_id is null or number is null
            when 'CommitCommentEvent' then subject_id is null
            when 'ForkEvent' then subject_id is null
            when 'MemberEvent' then subject_id is null
            when 'ReleaseEvent' then subject_id is null
            else true end""",
    "timeline": f"""type is null or created_at is null or {_IN_RANGE} or event_key is null or event_id is not null
        or (actor_login is null and type <> 'GistEvent') or (type = 'PushEvent' and push_size is null)""",
}
