"""Programs that no wheel brings: found on the machine, else installed from the distribution by root."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path


def program(names: Sequence[str], package: str) -> str | None:
    """Path of the first program found, after installing the Debian package as root; None where neither works."""
    return _found(names) or (_found(names) if _installed(package) else None)


def _found(names: Sequence[str]) -> str | None:
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    folders = os.pathsep.join([os.environ.get("PATH", os.defpath), *map(str, versions)])
    return next(filter(None, (shutil.which(name, path=folders) for name in names)), None)


def _installed(package: str) -> bool:
    """Several workers may come here at once: the first one installs, the others wait for its lock."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return False
    with open(Path(tempfile.gettempdir()) / "angarium-apt.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        commands = (
            ["apt-get", "update", "-qq"],
            ["apt-get", "install", "-y", "-qq", "--no-install-recommends", package],
        )
        return all(
            subprocess.run(command, env=environment, capture_output=True, check=False).returncode == 0
            for command in commands
        )
