"""The limiter against a clock that the test moves."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st

from observer.accounts.limiter import Limiter


class Seconds:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_quota_may_be_taken_at_once_and_comes_back_evenly() -> None:
    clock = Seconds()
    limiter = Limiter(clock)

    verdicts = [limiter.take("a", 10) for _ in range(11)]

    assert [verdict.is_allowed for verdict in verdicts] == [True] * 10 + [False]
    assert [verdict.remaining for verdict in verdicts[:10]] == list(range(9, -1, -1))
    assert verdicts[10].retry_seconds == 6
    clock.now += 6
    assert limiter.take("a", 10).is_allowed
    assert not limiter.take("a", 10).is_allowed
    assert limiter.take("b", 10).is_allowed


def test_waiting_as_long_as_told_is_enough() -> None:
    clock = Seconds()
    limiter = Limiter(clock)
    while (verdict := limiter.take("a", 7, 1.7)).is_allowed:
        pass

    clock.now += verdict.retry_seconds

    assert limiter.take("a", 7, 1.7).is_allowed


def test_a_dear_question_is_paid_for_afterwards() -> None:
    clock = Seconds()
    limiter = Limiter(clock)
    limiter.take("a", 60)
    limiter.spend("a", 60, 119)

    assert not limiter.take("a", 60).is_allowed
    clock.now += 61
    assert limiter.take("a", 60).is_allowed


@given(
    st.lists(st.tuples(st.floats(0, 30), st.integers(1, 5)), min_size=1, max_size=60),
    st.integers(1, 50),
)
def test_no_one_takes_more_than_the_quota_and_its_refill(steps: list[tuple[float, int]], quota: int) -> None:
    clock = Seconds()
    limiter = Limiter(clock)
    begun, taken = clock.now, 0
    for wait, times in steps:
        clock.now += wait
        taken += sum(limiter.take("a", quota).is_allowed for _ in range(times))

        assert taken <= quota + quota * (clock.now - begun) / 60 + 1e-6


def test_threads_together_take_no_more_than_one() -> None:
    limiter = Limiter(Seconds())

    with ThreadPoolExecutor(16) as threads:
        taken = sum(threads.map(lambda _: limiter.take("a", 500).is_allowed, range(4000)))

    assert taken == 500


def test_only_so_many_run_at_a_time() -> None:
    limiter = Limiter(Seconds())

    assert [limiter.enter("a", 2) for _ in range(3)] == [True, True, False]
    limiter.leave("a")
    assert limiter.enter("a", 2)
