"""A real nginx with the product's own configuration, its addresses moved to the ports of a test."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from tests.deployment.compose import ROOT, command, environment
from tests.servers.distribution import program
from tests.servers.environment import free_port, new_folder, unavailable, wait_for_port
from tests.servers.processes import Process

TEMPLATE = ROOT / "deploy" / "gateway" / "nginx.conf.template"


def configuration(**moved: str) -> str:
    """The template as the image's entrypoint fills it: names of its environment, with and without braces."""
    values = {**environment("gateway", moved), "NGINX_LOCAL_RESOLVERS": "127.0.0.1", **moved}
    return re.sub(r"\$(\{)?(\w+)(?(1)\})", lambda found: values.get(found[2], found[0]), TEMPLATE.read_text())


def _nginx() -> str:
    """Path of the program; skips the test where neither the machine nor root on Debian has it."""
    found = program(["nginx", "/usr/sbin/nginx"], "nginx")
    if found is None:
        unavailable("No nginx here: install the distribution's package `nginx`.")
    return str(found)


@contextmanager
def gateway(web: int, live: int, **settings: str) -> Iterator[int]:
    """Start it before these two ports of this machine; gives its own. `settings` are what .env would say."""
    binary = _nginx()
    folder, port = new_folder("gateway-"), free_port()
    own, to_web, to_live = (f"127.0.0.1:{number}" for number in (port, web, live))
    moved = {"LISTEN": own, "WEB_ADDRESS": to_web, "LIVE_ADDRESS": to_live, **settings}
    (folder / "nginx.conf").write_text(configuration(**moved))
    words = [word.replace("/tmp/", f"{folder}/") for word in command("gateway")][1:]
    checked = subprocess.run([binary, "-t", *words], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    with Process(*words, program=binary):
        wait_for_port(port)
        yield port
