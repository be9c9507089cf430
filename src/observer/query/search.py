"""Finds entities by text, also by a former name or with typing errors.

Candidates come from an index of three-letter pieces that publishing writes, ranking is done here: exact names
first, then beginnings, then likeness.
"""

from __future__ import annotations

from dataclasses import dataclass

from observer.errors import QueryError
from observer.model.published import EntityType
from observer.model.serving import search_key, trigrams
from observer.query.answers import Entity, SearchHit
from observer.query.entity import by_ids
from observer.query.session import Session, contains_pattern

MAX_TEXT = 100
CANDIDATES = 80
READS = 10_000
LEAST_SCORE = 0.35

# The rarest pieces tell most; reading those that are in thousands of names would only cost time.
_LIKE = """
    with asked as (
        select trigram, (
            select name_count from search_trigrams where search_trigrams.trigram = asked.trigram limit 1
        ) as name_count
        from unnest(%(trigrams)s::text[]) as asked (trigram)
    ),
    ranked as (
        select trigram, sum(name_count) over rarest as read_count, row_number() over rarest as place
        from asked where name_count is not null
        window rarest as (order by name_count, trigram)
    ),
    shared as (
        select search_id, count(*) as shared_count, min(trigram_count) as trigram_count
        from search_trigrams
        where trigram = any(array(select trigram from ranked where place <= 2 or read_count <= %(reads)s))
        group by search_id
    )
    select search_names.entity_type, search_names.entity_id, search_names.name, search_names.search_key
    from shared inner join search_names using (search_id)
    where %(type)s::text is null or entity_type = %(type)s
    order by shared_count desc, trigram_count, search_id
    limit %(limit)s
"""
_BEGINNING = """
    select entity_type, entity_id, name, search_key
    from search_names
    where compact_key like %(beginning)s and (%(type)s::text is null or entity_type = %(type)s)
    order by length(compact_key), compact_key, search_id
    limit %(limit)s
"""
_RANK = {EntityType.PROJECT: 0, EntityType.COLLECTION: 1, EntityType.ARTIFACT: 2}


@dataclass(frozen=True, slots=True, order=True)
class _Candidate:
    entity_type: EntityType
    entity_id: str
    name: str
    key: str


def search(session: Session, text: str, entity_type: EntityType | None, limit: int) -> tuple[SearchHit, ...]:
    """The entities most like the text, best first; none where nothing is like it."""
    if len(text) > MAX_TEXT:
        raise QueryError(f"the text has {len(text)} characters", hint=f"search for at most {MAX_TEXT}")
    wanted = search_key(text)
    if not wanted:
        return ()
    best: dict[tuple[EntityType, str], tuple[float, str]] = {}
    for candidate in sorted(_candidates(session, wanted, entity_type)):
        score = likeness(wanted, candidate.key)
        place = (candidate.entity_type, candidate.entity_id)
        if score >= LEAST_SCORE and score > best.get(place, (0.0, ""))[0]:
            best[place] = (score, candidate.name)
    ranked = sorted(
        best.items(), key=lambda item: (-item[1][0], _RANK[item[0][0]], len(item[1][1]), item[1][1], item[0])
    )
    shown = ranked[: max(1, limit)]
    found = _entities(session, [place for place, _ in shown])
    return tuple(SearchHit(found[place], round(score, 4), name) for place, (score, name) in shown)


def likeness(wanted: str, key: str) -> float:
    """How much a search key is what was wanted: 1 for the same, 0 for nothing in common."""
    ours, theirs = wanted.replace(" ", ""), key.replace(" ", "")
    if ours == theirs:
        return 1.0
    if ours in key.split():
        return 0.95
    if theirs.startswith(ours):
        return 0.9
    if any(word.startswith(ours) for word in key.split()):
        return 0.85
    if ours in theirs:
        return 0.75
    closest = max(_closeness(ours, word) for word in (theirs, *key.split()))
    left, right = trigrams(wanted), trigrams(key)
    return max(0.8 * closest if closest >= 0.5 else 0.0, 0.7 * len(left & right) / len(left))


def _closeness(ours: str, theirs: str) -> float:
    longest = max(len(ours), len(theirs))
    if abs(len(ours) - len(theirs)) > longest // 2:
        return 0.0
    return 1 - _edits(ours, theirs) / longest


def _edits(ours: str, theirs: str) -> int:
    """Single-letter edits between two words, two neighbours swapped counting as one (Damerau's distance)."""
    before: list[int] = []
    row = list(range(len(theirs) + 1))
    for i, left in enumerate(ours, start=1):
        older, before, row = before, row, [i]
        for j, right in enumerate(theirs, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (left != right))
            if i > 1 and j > 1 and left == theirs[j - 2] and ours[i - 2] == right:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
    return row[-1]


def _candidates(session: Session, wanted: str, entity_type: EntityType | None) -> set[_Candidate]:
    values = {
        "trigrams": sorted(trigrams(wanted)),
        "beginning": contains_pattern(wanted.replace(" ", ""))[1:],
        "type": entity_type.value if entity_type else None,
        "limit": CANDIDATES,
        "reads": READS,
    }
    return set(session.all(_candidate, _BEGINNING, values)) | set(session.all(_candidate, _LIKE, values))


def _candidate(entity_type: str, entity_id: str, name: str, key: str) -> _Candidate:
    return _Candidate(EntityType(entity_type), entity_id, name, key)


def _entities(session: Session, places: list[tuple[EntityType, str]]) -> dict[tuple[EntityType, str], Entity]:
    found: dict[tuple[EntityType, str], Entity] = {}
    for entity_type in {entity_type for entity_type, _ in places}:
        ids = [key for kind, key in places if kind is entity_type]
        found |= {(entity_type, key): entity for key, entity in by_ids(session, entity_type, ids).items()}
    return found
