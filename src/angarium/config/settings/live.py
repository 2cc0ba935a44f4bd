"""Live connections."""

from . import env

#: Attempts to connect in a minute from one address; beyond it 429. A whole office comes from one.
LIVE_ATTEMPTS = env.integer("LIVE_ATTEMPTS", 1200, least=1)
