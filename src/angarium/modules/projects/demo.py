"""Projects to look at: boards with tasks in every column, overdue, due soon and later; the account `user` is in two."""

from __future__ import annotations

from datetime import timedelta

from angarium.engine.identity.public import SYSTEM, Person
from angarium.kernel.clock import now

from . import actions
from .lifecycle import Role

#: (name, description, is `user` a member, ((title, status, days until it is due, comment), …))
PROJECTS = (
    (
        "Новый сайт",
        "Запуск обновлённого сайта школы.",
        True,
        (
            ("Собрать отзывы учеников", "completed", -6, ""),
            ("Макет главной страницы", "completed", -2, "Согласовано с директором."),
            ("Тексты о курсах", "in_progress", 0.5, "Черновик готов наполовину."),
            ("Фотографии преподавателей", "in_progress", -1, ""),
            ("Форма записи на пробный урок", "pending", 3, ""),
            ("Настроить почту", "pending", 0.9, ""),
            ("Проверить на телефонах", "pending", 8, ""),
        ),
    ),
    (
        "Summer school",
        "Two weeks in July, sixty students.",
        True,
        (
            ("Find a venue", "completed", -10, "Signed for 7 to 20 July."),
            ("Book the buses", "in_progress", 5, ""),
            ("Hire four teachers", "in_progress", 12, "Two of four said yes."),
            ("Announce to parents", "pending", 1, ""),
            ("Medical forms", "pending", 20, ""),
        ),
    ),
    ("Архив", "Перенос старых материалов.", False, (("Отсканировать журналы", "pending", 30, ""),)),
)


def make() -> None:
    """Enter them through the actions, so that their events are told as any others."""
    user = Person.objects.filter(username="user").values_list("id", flat=True).first()
    for name, description, mine, tasks in PROJECTS:
        project = actions.create_project(by=SYSTEM, name=name, description=description)
        if mine and user is not None:
            actions.set_member(project.pk, by=SYSTEM, person=user, role=Role.OWNER)
        for title, status, days, said in tasks:
            due = now() + timedelta(days=days)
            task = actions.create_task(by=SYSTEM, project=project.pk, title=title, status=status, due_date=due)
            actions.place_task(task.pk, by=SYSTEM, status=status)
            if said:
                actions.add_comment(task.pk, by=SYSTEM, author="Ирина Ким", content=said)
            if mine and user is not None and status != "completed":
                actions.assign_task(task.pk, by=SYSTEM, person=user)
