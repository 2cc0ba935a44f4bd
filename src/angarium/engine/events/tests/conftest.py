"""The tests' app is installed when its tests are collected: before the database is made, so that it has tables."""

from django.apps import AppConfig, apps

if "shelf" not in apps.app_configs:
    shelf = AppConfig.create("angarium.engine.events.tests.apps.Shelf")
    shelf.apps = apps
    apps.app_configs[shelf.label] = shelf
    shelf.import_models()
    apps.clear_cache()
