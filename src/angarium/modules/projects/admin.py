"""Projects, tasks and comments for staff."""

from __future__ import annotations

from django.contrib import admin
from unfold.admin import ModelAdmin, TabularInline

from .models import Comment, Member, Project, Task


class Members(TabularInline):
    model = Member
    extra = 0


class Comments(TabularInline):
    model = Comment
    extra = 0


@admin.register(Project)
class ProjectAdmin(ModelAdmin):
    list_display = ("name", "created_at", "updated_at")
    search_fields = ("name",)
    readonly_fields = ("version", "created_at", "updated_at")
    inlines = (Members,)


@admin.register(Task)
class TaskAdmin(ModelAdmin):
    list_display = ("title", "project", "status", "due_date")
    list_filter = ("status", "due_date")
    list_select_related = ("project",)
    search_fields = ("title", "project__name")
    autocomplete_fields = ("project",)
    readonly_fields = ("version", "created_at", "updated_at")
    inlines = (Comments,)
