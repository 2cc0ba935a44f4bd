"""Who a person is here, and in which words he is spoken to."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """Admins run the installation, staff run the work, members see what concerns them."""

    ADMIN = "admin", _("administrator")
    STAFF = "staff", _("staff")
    MEMBER = "member", _("member")


class Language(models.TextChoices):
    EN = "en", "English"
    RU = "ru", "Русский"
