"""Django's settings, one file per concern, each value read from the environment through `env`."""

from .apps import *
from .broker import *
from .database import *
from .exports import *
from .forward import *
from .interface import *
from .live import *
from .logs import *
from .mail import *
from .metrics import *
from .pages import *
from .projects import *
from .security import *
from .sender import *
from .timeoff import *
from .webhooks import *
