"""Django's settings, one file per concern, each value read from the environment through `env`."""

from .apps import *
from .database import *
from .broker import *
from .security import *
from .pages import *
from .interface import *
from .logs import *
