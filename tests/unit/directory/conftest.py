"""A small valid directory to break, and an empty repository to fill by plumbing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from crafted_repository import CraftedRepository

Files = Mapping[str, str]

UNISWAP = """\
version: 7
name: uniswap
display_name: Uniswap
github:
  - url: https://github.com/uniswap
npm:
  - url: https://www.npmjs.com/package/@uniswap/sdk
blockchain:
  - address: "0x0d162447b8df47c2e7910441bf3c8c1b55b9b124"
    tags:
      - safe
      - wallet
    networks:
      - optimism
    name: Grants
"""

YEARN = """\
version: 7
name: yearn
display_name: Yearn
github:
  - url: https://github.com/yearn/yearn-vaults
social:
  twitter:
    - url: https://x.com/yearnfi
"""

DEFI = """\
version: 7
name: defi
display_name: DeFi
projects:
  - uniswap
  - yearn
"""

VALID = {
    "projects/u/uniswap.yaml": UNISWAP,
    "projects/y/yearn.yaml": YEARN,
    "collections/defi.yaml": DEFI,
}


@pytest.fixture
def valid() -> dict[str, str]:
    """The files of a valid directory."""
    return dict(VALID)


@pytest.fixture
def write(tmp_path: Path) -> Callable[[Files], Path]:
    """Writes files into a folder of the test and gives the folder."""

    def write_files(files: Files) -> Path:
        folder = tmp_path / "content"
        for path, text in files.items():
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8", newline="")
        return folder

    return write_files


@pytest.fixture
def repository(tmp_path: Path) -> CraftedRepository:
    return CraftedRepository(tmp_path / "repository.git")
