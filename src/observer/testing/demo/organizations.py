"""Who belongs to which fictitious organization, as an observatory declares it: `organizations/<name>.yaml`."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import yaml

from observer.testing.demo.cast.people import person

_BY_DOMAIN = {
    "harbour-works": ("Harbour Works", "harbour.example"),
    "lantern-college": ("Lantern College", "college.example"),
    "tidal-workshop": ("Tidal Workshop", "workshop.example"),
}
_DECLARED = 6


def write_organizations(folder: Path, seed: int, since: str) -> None:
    """Three organizations with a domain each, two with people whose addresses show nothing, and who belongs to none."""
    folder.mkdir(parents=True, exist_ok=True)
    numbered = (person(seed, number) for number in range(200))
    logins = list(islice((who.login for who in numbered if who.habit == "noreply"), 2 * _DECLARED))
    for position, (name, (title, domain)) in enumerate(_BY_DOMAIN.items()):
        people = [_declared(login, since) for login in logins[position:_DECLARED:2]] if position < 2 else []
        _write(folder, name, title, domains=[domain], people=people)
    _write(
        folder,
        "independent",
        "People who work for themselves",
        independent=True,
        people=[_declared(login, since, claim="self") for login in logins[_DECLARED:]],
    )


def _declared(login: str, since: str, **more: object) -> dict[str, object]:
    reason = "Made up for the demo world: it is on their page."
    return {"who": f"github:{login}", "since": since, "reason": reason, "author": f"github:{login}", **more}


def _write(folder: Path, name: str, title: str, **more: object) -> None:
    known = {key: given for key, given in more.items() if given}
    content = {"version": 1, "name": name, "display_name": title, **known}
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)
    (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
