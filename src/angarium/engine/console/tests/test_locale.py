"""Every sentence in both languages, and the compiled catalogues say what their sources say."""

from __future__ import annotations

import ast
import gettext
import importlib
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.utils import translation
from django.utils.translation.template import templatize

import angarium
from angarium.engine.console.refusals import SENTENCES, said
from angarium.kernel.errors import AngariumError, Stale
from angarium.kernel.transitions import Lifecycle

LOCALE = Path(str(angarium.__file__)).parent / "locale"
LANGUAGES = ("en", "ru")
_LINE = re.compile(r'^(msgctxt|msgid|msgid_plural|msgstr)(?:\[(\d)\])? (".*")$')
Entry = dict[str, str]


def entries(language: str) -> list[Entry]:
    """The entries of a .po file: {msgctxt, msgid, msgid_plural, msgstr or msgstr0…}, continuation lines joined."""
    found: list[Entry] = []
    field = ""
    for line in (LOCALE / language / "LC_MESSAGES" / "django.po").read_text().splitlines():
        if match := _LINE.match(line):
            field = match[1] + (match[2] or "")
            if field == "msgctxt" or (field == "msgid" and (not found or "msgid" in found[-1])):
                found.append({})
            found[-1][field] = ast.literal_eval(match[3])
        elif line.startswith('"'):
            found[-1][field] += ast.literal_eval(line)
    return found


def catalogue(language: str) -> dict[object, str]:
    with (LOCALE / language / "LC_MESSAGES" / "django.mo").open("rb") as file:
        return gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined,no-any-return]


def key(entry: Entry) -> str:
    return f"{entry['msgctxt']}\x04{entry['msgid']}" if "msgctxt" in entry else entry["msgid"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_mo_matches_its_po(language: str) -> None:
    expected: dict[object, str] = {}
    for entry in entries(language):
        if "msgid_plural" in entry:
            forms = {(key(entry), n): entry[f"msgstr{n}"] for n in range(4) if f"msgstr{n}" in entry}
            expected.update(forms if any(forms.values()) else {})
        elif entry["msgstr"]:
            expected[key(entry)] = entry["msgstr"]
    assert catalogue(language) == expected


def test_everything_is_said_in_russian() -> None:
    lacking = [key(one) for one in entries("ru") if not (one.get("msgstr") or one.get("msgstr0"))]
    assert lacking == []


def test_a_translation_takes_the_same_values_as_its_sentence() -> None:
    values = re.compile(r"%\(\w+\)[sd]|\{\w+\}")
    for entry in entries("ru"):
        wanted = set(values.findall(entry["msgid"]))
        for field, text in entry.items():
            if field.startswith("msgstr") and entry["msgid"]:
                assert set(values.findall(text)) == wanted, entry["msgid"]


@pytest.mark.parametrize(
    ("number", "words"), [(1, "Принята 1 операция"), (3, "Принято 3 операции"), (5, "Принято 5 операций")]
)
def test_russian_counts_in_three_forms(number: int, words: str) -> None:
    with translation.override("ru"):
        text = translation.ngettext("%(n)s operation accepted", "%(n)s operations accepted", number)
    assert text % {"n": number} == words


def test_every_refusal_that_a_page_can_show_is_known_in_russian() -> None:
    for config in apps.get_app_configs():
        if config.name.startswith("angarium.modules."):
            pages = importlib.import_module(f"{config.name}.pages")
            assert set(getattr(pages, "SENTENCES", ())) <= set(catalogue("ru"))
    assert set(SENTENCES) <= set(catalogue("ru"))


def test_a_refusal_speaks_the_readers_language() -> None:
    with translation.override("ru"):
        assert (
            said(Stale()) == "С тех пор, как вы это открыли, кто-то внёс изменения; откройте заново и повторите правку."
        )
        assert said(AngariumError("Not in the catalogue.")) == "Not in the catalogue."


def test_an_illegal_move_is_told_without_codes_of_states() -> None:
    with pytest.raises(AngariumError) as refusal:
        Lifecycle("lesson", {"a": ["b"], "b": []}, initial=["a"]).check("b", "a")
    with translation.override("ru"):
        assert said(refusal.value) == "Пока вы смотрели, состояние изменилось. Посмотрите ещё раз."


#: A sentence in what Django makes of a template for xgettext; of two in one call the first names both.
_IN_TEMPLATE = re.compile(r"""\b(?:n?gettext|_)\(u?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")""")
_IN_CONTEXT = re.compile(r"""\bn?pgettext\(u?('[^']*'|"[^"]*"), ?u?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")""")
_CALLS = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext"}


def marked_in(template: str) -> set[str]:
    """The sentences of one template: `translate`, `blocktranslate` and `_("…")`, values in them as %(name)s."""
    code = templatize(template)
    found = [*(call[1] for call in _IN_TEMPLATE.finditer(code)), *(call[2] for call in _IN_CONTEXT.finditer(code))]
    return {ast.literal_eval(sentence) for sentence in found}


def marked() -> set[str]:
    """The sentences that templates, of pages and of letters, and modules mark for translation."""
    root, found = LOCALE.parent, set()
    for ending in ("html", "txt"):
        for template in root.rglob(f"templates/**/*.{ending}"):
            found |= marked_in(template.read_text())
    for module in root.rglob("*.py"):
        if {"tests", "migrations"} & set(module.parts):
            continue
        for node in ast.walk(ast.parse(module.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _CALLS and node.args:
                sentence = node.args[0]
                if isinstance(sentence, ast.Constant) and isinstance(sentence.value, str):
                    found.add(sentence.value)
    return found


@pytest.mark.parametrize(
    ("template", "sentences"),
    [
        ("{% translate 'One.' %} {% translate \"It's two.\" as two %}", {"One.", "It's two."}),
        ("{% blocktranslate with name=to.name %}Hello {{ name }},{% endblocktranslate %}", {"Hello %(name)s,"}),
        ("{% blocktranslate count n=many %}{{ n }} one{% plural %}{{ n }} more{% endblocktranslate %}", {"%(n)s one"}),
        ("{% translate 'May' context 'month' %} {{ _('May I?') }}", {"May", "May I?"}),
        ("{% blocktranslate trimmed %}\n  On two\n  lines.\n{% endblocktranslate %}", {"On two lines."}),
        ("{% comment %}{% translate 'No.' %}{% endcomment %} none", set()),
    ],
)
def test_every_way_to_mark_a_sentence_in_a_template_is_read(template: str, sentences: set[str]) -> None:
    assert marked_in("{% load i18n %}" + template) == sentences


def test_the_letters_sentences_are_among_the_marked() -> None:
    assert marked() >= {
        "Hello %(name)s,",
        "Reason: %(because)s",
        "%(by)s has invited you to Angarium at %(site)s.",
        "A new password for %(site)s",
        "If it was not you, your password stays as it is, and nothing needs to be done.",
    }


def test_every_marked_sentence_is_in_both_catalogues() -> None:
    """When this fails: `cd src && django-admin makemessages -l en -l ru`, translate, `django-admin compilemessages`."""
    for language in LANGUAGES:
        assert marked() - {entry["msgid"] for entry in entries(language)} == set()
