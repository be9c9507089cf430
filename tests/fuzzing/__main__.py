"""Asks a running server made-up requests: `python -m tests.fuzzing URL [COUNT] [SEED]`; 1 if an answer was wrong."""

from __future__ import annotations

import sys
import time

from tests.fuzzing.whole import fuzz


def main(url: str, count: str = "20000", seed: str = "1") -> int:
    begun, used = time.perf_counter(), time.process_time()
    tally = fuzz(url, int(count), int(seed))
    print("\n".join(tally.lines()))
    print(f"{time.perf_counter() - begun:.0f} s, of which {time.process_time() - used:.0f} s made requests")
    return 1 if tally.faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
