"""A labelled world of people: who is behind each account and address is known, and the raw rows show what sources see.

Everything is a function of the seed. The world has what makes identities hard: nicknames and several names, several
addresses, both forms of private addresses, renamed accounts and logins that changed hands, equal names of different
people, machines and stand-in addresses that many share, commits made under somebody else's address, robots, agents.
"""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.unit.transform.world import OBSERVED_AT, Raw, Row, archive_file, file_of, listing, mined, project

FIRST, LAST = (
    [
        "Ada",
        "Grace",
        "Linus",
        "Alan",
        "Barbara",
        "Edsger",
        "Donald",
        "Margaret",
        "Ken",
        "Dennis",
        "Radia",
        "Tim",
        "Vint",
        "Katherine",
        "Annie",
        "Hedy",
    ],
    [
        "Lovelace",
        "Hopper",
        "Byron",
        "Turing",
        "Liskov",
        "Smith",
        "Smith",
        "Smith",
        "Jones",
        "Jones",
        "Chen",
        "Chen",
        "Garcia",
        "Muller",
        "Kim",
        "Singh",
    ],
)
NOREPLY = "users.noreply.github.com"
STAND_INS = (("root", "localhost"), ("noreply", "mail.example"), ("you", "example.com"), ("ubuntu", "ip-10-0-0-1"))
START = datetime(2024, 1, 2)


def sha1(text: str) -> str:
    return hashlib.sha1(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Account:
    number: int
    login: str
    former: str | None = None


@dataclass(slots=True)
class Somebody:
    """One human, robot or agent: the truth that no source tells as a whole."""

    number: int
    names: list[str]
    account: Account
    addresses: list[tuple[str, str]]
    kind: str = "person"


class LabelledWorld:
    """`raw` holds the rows that the models read, `truth` who is behind each identity.

    A key of `truth` is (domain, hash of the local part) or ("GITHUB", login); shared addresses have no truth.
    Of one in sixteen addresses the rows hold no proof or one that is too weak; they are in `truth` all the same.
    """

    def __init__(self, seed: int, size: int) -> None:
        self._random = random.Random(seed)
        self._commits: list[Row] = []
        self._api: list[Row] = []
        self._events: list[Row] = []
        self.truth: dict[tuple[str, str], int] = {}
        self.kinds: dict[int, str] = {}
        self.known_to_api: set[tuple[str, str]] = set()
        self.people = [self._somebody(number) for number in range(size)]
        for person in self.people:
            self._label(person)
            self._act(person)
        self._change_hands()
        self._share()
        self._cherry_pick()

    @property
    def raw(self) -> Raw:
        return {
            "oss_directory__projects": [project("p")],
            "oss_directory__project_artifacts": [listing("p", "acme", name) for name in ("one", "two", "three")],
            "git__repositories": [mined("acme", name, commit_count=1) for name in ("one", "two", "three")],
            "git__commits": self._commits,
            "github__commit_accounts": self._api,
            "github_archive__files": [archive_file(1, 0)],
            "github_archive__events": self._events,
        }

    def _somebody(self, number: int) -> Somebody:
        pick = self._random
        given, family = pick.choice(FIRST), pick.choice(LAST)
        names = [f"{given} {family}"]
        if pick.random() < 0.4:
            names.append(
                pick.choice([given.lower(), f"{given[0]}. {family}", f"{given}{family[0]}", "张伟", f"{given} K"])
            )
        login = f"{given}{family}{number}" if pick.random() < 0.5 else f"{given.lower()}-{number}"
        former = f"old-{login}" if pick.random() < 0.05 else None
        person = Somebody(number, names, Account(10_000 + number, login, former), [])
        if number % 50 == 0:
            person.kind, person.account = "bot", Account(10_000 + number, f"helper-{number}[bot]")
            person.names = [person.account.login]
        local = f"{given}.{family}{number}".lower()
        person.addresses = [(local, pick.choice(("mail.example", "work.example", "uni.example")))]
        if pick.random() < 0.5:
            person.addresses.append((f"{given.lower()}{number}", f"host{number}.local"))
        if pick.random() < 0.2:
            person.addresses.append((f"{local}.home", "post.example"))
        return person

    def _private(self, person: Somebody) -> list[tuple[str, str]]:
        account = person.account
        logins = [account.login, *([account.former] if account.former else [])]
        numbered = [(f"{account.number}+{login}", NOREPLY) for login in logins]
        return numbered + ([(account.login, NOREPLY)] if person.number % 3 == 0 else [])

    def _label(self, person: Somebody) -> None:
        self.kinds[person.number] = person.kind
        self.truth["GITHUB", person.account.login.lower()] = person.number
        for local, domain in [*person.addresses, *self._private(person)]:
            self.truth[domain, sha1(local)] = person.number

    def _act(self, person: Somebody) -> None:
        """Commits under each address and name; the forge names the account of nearly all addresses."""
        for local, domain in self._private(person):
            self._commit(person, local, domain, self._random.choice(person.names))
        for local, domain in person.addresses:
            proof = self._random.choices(("api", "merge", "squash", "one squash", "none"), (70, 12, 12, 3, 3))[0]
            for name in person.names:
                commit_id = self._commit(person, local, domain, name)
                if proof == "api":
                    self._names_account(commit_id, person.account)
                    self.known_to_api.add((domain, sha1(local)))
            for _ in range({"merge": 1, "squash": 2, "one squash": 1}.get(proof, 0)):
                self._button(person, person.account, local, domain, is_merge=proof == "merge")
        self._star(person)

    def _commit(self, person: Somebody, local: str, domain: str, name: str, **more: object) -> str:
        commit_id = sha1(f"commit {len(self._commits)}")
        login = None
        number = None
        if domain == NOREPLY:
            number_text, _, login = local.rpartition("+")
            number = int(number_text) if number_text else None
        when = START + timedelta(minutes=len(self._commits) % 300_000)
        repository = ("one", "two", "three")[len(self._commits) % 3]
        self._commits.append(
            {
                "repository_url": f"https://github.com/acme/{repository}",
                "commit_id": commit_id,
                "parent_count": 1,
                "author_name": name,
                "author_email_hash": sha1(local),
                "author_email_domain": domain,
                "author_login": login,
                "author_account_id": number,
                "authored_at": when,
                "committed_at": when,
                "has_valid_date": True,
                "is_on_default_branch": True,
                "_observed_at": OBSERVED_AT,
                "_record_ref": f"git+acme@{commit_id}",
                **more,
            }
        )
        return commit_id

    def _names_account(self, commit_id: str, account: Account) -> None:
        self._api.append(
            {
                "commit_id": commit_id,
                "account_id": account.number,
                "login": account.login,
                "_observed_at": OBSERVED_AT,
                "_record_ref": f"github@{commit_id}",
            }
        )

    def _star(self, person: Somebody) -> None:
        logins = [person.account.former, person.account.login] if person.account.former else [person.account.login]
        for day, login in enumerate(logins):
            when = START + timedelta(days=day, seconds=person.number)
            key = f"star {person.number} {day}"
            self._events.append(
                self._event(key, "WatchEvent", when, person.account.number, login) | {"action": "started"}
            )

    def _button(self, author: Somebody, account: Account, local: str, domain: str, *, is_merge: bool) -> None:
        """A commit that the forge wrote for an account: of who merged, or of who opened what was squashed."""
        forge = {"committer_email_hash": sha1("noreply"), "committer_email_domain": "github.com"}
        kind = {"parent_count": 2 if is_merge else 1, "merge_kind": "merge" if is_merge else "squash"}
        commit_id = self._commit(author, local, domain, author.names[0], **forge, **kind)
        stranger = self.people[(author.number + 1) % len(self.people)].account
        actor, subject = (account, stranger) if is_merge else (stranger, account)
        self._events.append(
            self._event(f"merge {len(self._events)}", "PullRequestEvent", START, actor.number, actor.login)
            | {
                "action": "closed",
                "is_merged": True,
                "merge_commit_id": commit_id,
                "subject_id": len(self._events),
                "subject_actor_id": subject.number,
                "subject_actor_login": subject.login,
            }
        )

    def _event(self, key: str, kind: str, when: datetime, number: int, login: str) -> Row:
        return {
            "event_key": key,
            "type": kind,
            "created_at": when,
            "era": "events",
            "actor_id": number,
            "actor_login": login,
            "repository_id": 1,
            "repository_name": "acme/one",
            "file_name": file_of(datetime(2024, 11, 1)),
            "line": len(self._events),
            "_observed_at": OBSERVED_AT,
            "_record_ref": "archive",
        }

    def _change_hands(self) -> None:
        """Some former logins are taken by somebody else, and the first holder had an address without a number."""
        renamed = [person for person in self.people if person.account.former]
        for place, person in enumerate(renamed[::3]):
            login = str(person.account.former)
            self._commit(person, login, NOREPLY, person.names[0])
            self.truth[NOREPLY, sha1(login)] = person.number
            number = 900_000 + place
            self._events.append(self._event(f"new {login}", "WatchEvent", START + timedelta(days=90), number, login))
            self.truth["GITHUB", login.lower()] = number
            self.kinds[number] = "person"

    def _share(self) -> None:
        """Machines: stand-ins that everybody has, and addresses of offices with the accounts of those in them."""
        humans = [person for person in self.people if person.kind == "person"]
        for person in humans[:200]:
            local, domain = self._random.choice(STAND_INS)
            commit_id = self._commit(person, local, domain, person.names[0])
            if person.number % 7 == 0:
                self._names_account(commit_id, person.account)
        for size, office in ((4, humans[200:400]), (2, humans[400:500])):
            for start in range(0, len(office), size):
                for person in office[start : start + size]:
                    commit_id = self._commit(person, f"office{size}-{start}", "firm.example", person.names[0])
                    self._names_account(commit_id, person.account)

    def _cherry_pick(self) -> None:
        """Somebody commits under another's address: the API names its owner, the button whoever opened the request."""
        humans = [person for person in self.people if person.kind == "person"]
        for picker, owner in zip(humans[500:600], humans[600:700], strict=False):
            local, domain = owner.addresses[0]
            commit_id = self._commit(picker, local, domain, picker.names[0])
            if (domain, sha1(local)) in self.known_to_api:
                self._names_account(commit_id, owner.account)
            self._button(picker, picker.account, local, domain, is_merge=False)
