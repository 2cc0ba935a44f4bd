"""The product's settings (DJANGO_SETTINGS_MODULE names this), where passwords are hashed by few rounds: by as many as
people's are, each sign-in takes a quarter of a second of a processor."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher

from angarium.config.settings import *  # noqa: F403

PBKDF2PasswordHasher.iterations = 10
