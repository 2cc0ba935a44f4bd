"""Files are where the layout has them and say in their first lines what they are for."""

from __future__ import annotations

import ast

from tests.architecture.tree import PACKAGE, ROOT, Module, modules, refuse, tracked_files, written

#: What a module's folder may hold, as a file or as a package of that name.
MODULE_WORDS = {
    *("__init__", "apps", "demo", "errors", "lifecycle", "models", "queries", "actions", "tasks", "live", "exports"),
    *("admin", "pages", "api", "templates", "static", "locale", "migrations", "fixtures", "tests"),
    # Pure rules and texts of one domain, each a word of its own.
    *("conflicts", "reminders", "reminding", "moments", "letters", "invitations", "timeline", "progress"),
    *("wire", "reporting", "metrics"),
    *("windows", "planning", "following", "sending", "moving", "counting", "statistics"),
    *("days", "pictures", "caching", "ranks"),
    *("forecast", "pace", "importing", "rendering", "preview"),
    *("subscriptions", "hooks", "hooking"),
    *("records", "choices", "choosing", "hours", "telling", "due_soon", "changes", "daily"),
    *("preparations", "preparing"),
    *("rights", "balances", "deciding", "asking", "templatetags", "feeds"),
    *("pipelines", "definitions", "runs", "backlog", "bulk", "saved_views", "durations"),
    *("calendar", "holidays_ru", "rules", "derivation", "accrual", "parts", "overtime", "earnings", "pay"),
}
#: Names under which anything could be put.
FORBIDDEN_WORDS = {"utils", "util", "helpers", "common", "core", "misc", "services", "managers", "handlers"}


def test_a_module_holds_only_what_the_layout_names() -> None:
    folders = [path for path in (PACKAGE / "modules").iterdir() if path.is_dir() and path.name != "__pycache__"]
    strangers = [
        path.relative_to(ROOT).as_posix()
        for folder in folders
        for path in folder.iterdir()
        if path.stem not in MODULE_WORDS and path.name != "__pycache__"
    ]
    refuse(strangers, "not among the files of a module")


def test_no_file_has_a_name_under_which_anything_could_be_put() -> None:
    files = [path.relative_to(ROOT) for path in tracked_files()]
    names = [path.as_posix() for path in files if {path.stem, *path.parent.parts} & FORBIDDEN_WORDS]
    refuse(names, "a word is missing for what is in these")


def _is_habit(module: Module) -> bool:
    """Folders that Django and pytest ask for say nothing of their own, and the package itself must stay empty."""
    return module.path.parent == PACKAGE or module.path.parent.name in {
        "tests",
        "management",
        "commands",
        "templatetags",
    }


def test_every_file_says_what_is_in_it() -> None:
    speechless = [
        module.place
        for module in modules()
        if not module.is_migration and not (module.path.name == "__init__.py" and _is_habit(module))
        if not ast.get_docstring(module.tree)
    ]
    refuse(speechless, "without a docstring")


def test_public_names_of_the_doors_are_described() -> None:
    doors = [module for module in written() if module.path.name == "public.py"]
    undescribed = [
        f"{module.place}:{node.lineno} {node.name}"
        for module in doors
        for node in module.tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
        if not ast.get_docstring(node)
    ]
    refuse(undescribed, "public and without a docstring")


def test_importing_the_package_alone_imports_nothing() -> None:
    assert (PACKAGE / "__init__.py").read_text().strip() == ""
