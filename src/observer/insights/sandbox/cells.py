"""The inside of the sandbox: runs cells as Jupyter would, without a kernel's sockets, and tells what they showed.

Runs in the confined process. Nothing that it says is believed: what it sends is read as the text of strangers.
"""

from __future__ import annotations

import os
import re
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.core.interactiveshell import ExecutionResult, InteractiveShell

MAX_OUTPUTS = 50
MAX_TEXT = 100_000
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


def open_shell(folder: Path) -> InteractiveShell:
    """A shell that keeps no history and draws matplotlib's figures as pictures; `folder` is for IPython's own files."""
    from IPython.core.displayhook import DisplayHook
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets import Type
    from traitlets.config import Config

    class Shown(DisplayHook):  # type: ignore[misc,unused-ignore]
        """The value of a cell's last line is shown like anything else."""

        def write_output_prompt(self) -> None:
            return None

        def write_format_data(self, format_dict: dict[str, Any], md_dict: dict[str, Any] | None = None) -> None:
            if self.shell is not None:
                self.shell.display_pub.publish(format_dict, md_dict)

        def finish_displayhook(self) -> None:
            self._is_active = False

    class Shell(InteractiveShell):  # type: ignore[misc,unused-ignore]
        """Figures are shown without a window's event loop."""

        displayhook_class = Type(Shown)

        def enable_gui(self, gui: object = None) -> None:
            return None

        def _showtraceback(self, etype: object, evalue: object, stb: object) -> None:
            # The error is told in one sentence; frames would name folders of this machine.
            return None

    config = Config()
    config.HistoryManager.enabled = False
    config.Shell.colors = "nocolor"
    config.Shell.cache_size = 0
    config.InlineBackend.rc = {"figure.dpi": 100, "savefig.dpi": 100}
    shell: InteractiveShell = Shell.instance(config=config, ipython_dir=str(folder))
    shell.run_line_magic("matplotlib", "inline")
    return shell


def run_cell(shell: InteractiveShell, source: str) -> tuple[list[dict[str, Any]], str | None]:
    """The outputs of one cell, and in one sentence why it stopped, if it did."""
    from IPython.utils.capture import capture_output

    run: Callable[..., ExecutionResult] = shell.run_cell
    with capture_output() as captured:
        result = run(source, store_history=False)
    outputs: list[dict[str, Any]] = []
    for name in ("stdout", "stderr"):
        text = str(getattr(captured, name))
        if text and not (name == "stderr" and result.success is False):
            outputs.append({"output_type": "stream", "name": name, "text": text[:MAX_TEXT]})
    outputs.extend(
        {"output_type": "display_data", "data": dict(shown.data), "metadata": {}}
        for shown in captured.outputs[:MAX_OUTPUTS]
    )
    error = _error_of(result)
    if error is None:
        return outputs, None
    lines = traceback.format_exception_only(type(error), error)
    told = _ANSI.sub("", lines[-1]).strip()[:500]
    outputs.append({"output_type": "error", "ename": type(error).__name__, "evalue": told, "traceback": []})
    return outputs, told


def prepare(folder: Path, api: int) -> None:
    """Makes the process look as a notebook expects it: working folder, environment, arguments."""
    os.environ.update(
        {
            "HOME": str(folder),
            "TMPDIR": str(folder),
            "OBSERVER_URL": f"fd:{api}",
            "MPLBACKEND": "module://matplotlib_inline.backend_inline",
            "POLARS_MAX_THREADS": "1",
            "LANG": "C.UTF-8",
        }
    )
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    sys.argv = ["notebook"]
    (folder / "out").mkdir(exist_ok=True)


def _error_of(result: ExecutionResult) -> BaseException | None:
    error: BaseException | None = result.error_before_exec or result.error_in_exec
    return error
