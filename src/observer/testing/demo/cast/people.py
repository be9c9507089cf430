"""The invented people and bots of the demo world, and how each of them signs."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache

from observer.testing.demo.chance import Draws

NOREPLY_DOMAIN = "users.noreply.github.com"
FIRST_ACCOUNT_ID = 7_000_000_000

_GIVEN = (
    "Aluna", "Bastian", "Corin", "Delphine", "Edda", "Fenno", "Greta", "Halvor", "Ines", "Jorun", "Kaspar",
    "Liesel", "Mirabel", "Nils", "Odalys", "Peregrin", "Quentin", "Rosalind", "Sunniva", "Tobias", "Ursel",
    "Vesper", "Wilmar", "Xanthe", "Yorick", "Zelda", "Zoë", "Jørgen", "Łucja", "Åsa", "Émile", "Ömer",
)  # fmt: skip
_FAMILY = (
    "Thistlewick", "Quillfeather", "Marrowby", "Saltwhistle", "Brackenhurst", "Copperlane", "Dunmarrow",
    "Eiderdown", "Foxcombe", "Gullweather", "Hollowreed", "Inkpenny", "Juniperstone", "Kestrelby",
    "Lanternmoor", "Mothersill", "Nettlecote", "Oatfield", "Pebblewright", "Quicksedge", "Rookhaven",
    "Sedgewater", "Tanglewood-Moss", "Underbough", "Vetchling", "Wickersham-Fen", "Yarrowgate",
)  # fmt: skip
_FOLDED = str.maketrans({"ë": "e", "ø": "o", "Ł": "L", "Å": "A", "É": "E", "Ö": "O"})
_DOMAINS = ("post.example", "letters.example", "workshop.example", "college.example", "harbour.example")
_OFFSETS = (0, 0, 60, 60, 120, -480, -300, -240, 330, 540, 180, -180)
_HABITS = ("noreply", "noreply", "noreply", "noreply", "plain", "plain", "plain", "mixed", "mixed", "old-noreply")

UserKey = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who commits under an e-mail address and acts on the forge under a login.

    `habit` says how commits are signed: `noreply` (the forge's numbered address), `old-noreply` (without the
    number), `plain`, or `mixed` (plain from the desk, noreply when the forge writes the commit).
    """

    login: str
    account_id: int
    name: str
    address: str
    habit: str
    offset_minutes: int
    is_bot: bool = False

    def email(self, *, on_forge: bool) -> str:
        """The address in a commit's header; `on_forge` is true for merge and squash buttons."""
        if self.habit == "plain" or (self.habit == "mixed" and not on_forge):
            return self.address
        if self.habit == "old-noreply":
            return f"{self.login}@{NOREPLY_DOMAIN}"
        return f"{self.account_id}+{self.login}@{NOREPLY_DOMAIN}"

    @property
    def user(self) -> UserKey:
        """The key of the account that acts on the forge."""
        return ("GITHUB", self.login.lower(), self.login.lower())


def user_of_email(email: str) -> UserKey:
    """The key of a commit's author: the login where a noreply address names it, else hash and domain."""
    local, _, domain = email.partition("@")
    if domain == NOREPLY_DOMAIN:
        login = local.partition("+")[2] or local
        return ("GITHUB", login.lower(), login.lower())
    return ("GIT_EMAIL", domain, hash_of_local(email))


def hash_of_local(email: str) -> str:
    """The SHA-1 that stands for the local part of an address, in the archive and in the warehouse."""
    return hashlib.sha1(email.partition("@")[0].encode(), usedforsecurity=False).hexdigest()


@lru_cache(maxsize=4096)
def person(seed: int, number: int) -> Person:
    """The person of a number; everything about them is a function of (seed, number)."""
    draws = Draws(seed, "person", number)
    given, family = _GIVEN[number % len(_GIVEN)], _FAMILY[(number // len(_GIVEN) + number % len(_GIVEN)) % len(_FAMILY)]
    first, last = given.translate(_FOLDED), family.translate(_FOLDED)
    suffix = "" if number < len(_GIVEN) * len(_FAMILY) else str(number)
    login = f"{first}-{last}{suffix}-demo"
    return Person(
        login=login if draws.chance(0.15) else login.lower(),
        account_id=FIRST_ACCOUNT_ID + number * 37 + draws.below(37),
        name=f"{given} {family.replace('-', ' ')}",
        address=f"{first}.{last}{suffix}@{draws.pick(_DOMAINS)}".lower(),
        habit=draws.pick(_HABITS),
        offset_minutes=draws.pick(_OFFSETS),
    )


def bot(number: int) -> Person:
    """One of the robots; the forge marks each by the suffix of its login."""
    login = f"{('tidy-updater', 'release-heron', 'format-magpie')[number]}-demo[bot]"
    return Person(login, FIRST_ACCOUNT_ID + 900_000 + number, login, "", "noreply", 0, is_bot=True)
