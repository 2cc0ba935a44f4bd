"""System checks of the product itself."""

from __future__ import annotations

#: Their tag. A role that serves no page asks for these alone: the others, of models and URLs, are for `angarium check`,
#: and to load what they look at takes a sixth of its start.
OURS = "angarium"
