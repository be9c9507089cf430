"""A page run once in Chromium without network, for charts whose drawing is a script."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from observer.visualizations.errors import VisualizationError

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SECONDS = 120


def page_text(page: str) -> str:
    """The HTML that a page has become when its scripts have run."""
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        raise VisualizationError(
            "an interactive chart needs Chromium to become a picture", hint="install chromium, or save it as .html"
        )
    with tempfile.TemporaryDirectory(prefix="observer-chart-") as name:
        folder = Path(name)
        (folder / "page.html").write_text(page, encoding="utf-8")
        command = [browser, *_options(folder), f"file://{folder}/page.html"]
        try:
            done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)
        except subprocess.TimeoutExpired as error:
            hint = "save the chart as .html instead"
            raise VisualizationError(f"Chromium took more than {SECONDS} seconds", hint=hint) from error
    return done.stdout.decode("utf-8", "replace")


def _options(folder: Path) -> list[str]:
    options = [
        "--headless=new",
        "--disable-gpu",
        "--disable-extensions",
        "--disable-background-networking",
        "--no-first-run",
        "--proxy-server=127.0.0.1:9",
        # Without this the machine's own services would be reached past the proxy.
        "--proxy-bypass-list=<-loopback>",
        f"--user-data-dir={folder}/profile",
        "--virtual-time-budget=20000",
        "--dump-dom",
    ]
    # Chromium refuses to run as root in its sandbox; the page is ours and its text escaped.
    return [*options, "--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else options
