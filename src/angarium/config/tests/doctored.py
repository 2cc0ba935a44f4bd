"""The product's settings, and over them what DOCTORED says as JSON (DJANGO_SETTINGS_MODULE names this).

`"without": ["tzdata"]` hides packages from the process.
"""

import json
import os
import sys

_said = json.loads(os.environ["DOCTORED"])
for _name in _said.pop("without", []):
    sys.modules[_name] = None  # type: ignore[assignment]

from angarium.config.settings import *  # noqa: E402, F403

globals().update(_said)
