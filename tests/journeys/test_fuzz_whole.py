"""Twenty thousand made-up requests to the served demo."""

from __future__ import annotations

import pytest

from tests.fuzzing.whole import fuzz
from tests.journeys.conftest import Site

COUNT = 20_000


@pytest.mark.slow
def test_20000_made_up_requests_are_answered_or_refused(site: Site) -> None:
    tally = fuzz(site.url, COUNT, seed=7, secrets=(str(site.folder),))

    assert not tally.faults, "\n".join(tally.lines())
    assert tally.asked >= COUNT * 0.99
    assert site.json("/readyz")["status"] == "ready"
