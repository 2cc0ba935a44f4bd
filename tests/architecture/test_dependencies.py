"""The product loads with the packages of its runtime lock alone: the tests' own packages would hide what lacks."""

from __future__ import annotations

import json
import re
import subprocess
import sys

from tests.architecture.tree import ROOT
from tests.servers.processes import clean_environment

#: Hides every installed package that the lock lacks, then loads the whole product with every broker it can talk to.
LOADS = """
import importlib.metadata, json, re, sys

locked = set(json.loads(sys.argv[1]))
name = lambda text: re.sub(r"[-_.]+", "-", text).lower()
homes = importlib.metadata.packages_distributions()
hidden = {top for top, found in homes.items() if not {name(one) for one in found} & locked}

class Hide:
    def find_spec(self, module, path=None, target=None):
        if module.partition(".")[0] in hidden:
            raise ModuleNotFoundError(f"No module named {module!r}", name=module)

sys.meta_path.insert(0, Hide())
import django
django.setup()
import angarium.config.embedded, angarium.config.celery, angarium.processor.broker
import kombu.transport.redis, kombu.transport.pyamqp, kombu.transport.memory, granian.cli
from django.urls import get_resolver
print(len(get_resolver().url_patterns) > 0 and "loaded")
"""


def test_the_product_loads_with_its_runtime_lock_alone() -> None:
    lock = (ROOT / "requirements" / "runtime.txt").read_text()
    locked = [re.sub(r"[-_.]+", "-", name).lower() for name in re.findall(r"^([\w.-]+)==", lock, re.MULTILINE)]
    loaded = subprocess.run(
        [sys.executable, "-c", LOADS, json.dumps([*locked, "angarium"])],
        env=clean_environment({"DJANGO_SETTINGS_MODULE": "angarium.config.settings"}, measured=False),
        capture_output=True,
        text=True,
        check=False,
    )
    assert loaded.stdout.splitlines()[-1:] == ["loaded"], loaded.stderr[-2000:]
