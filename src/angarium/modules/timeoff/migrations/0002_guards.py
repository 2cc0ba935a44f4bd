"""What the database itself refuses: two current rates of somebody on one day, and a change of what is only appended.

PostgreSQL has an exclusion constraint for the first, SQLite a trigger; the second is a trigger on both. Only PostgreSQL
refuses to delete entries too: to empty a table is DELETE on SQLite, and `flush` has to be able to.
"""

from django.db import migrations

APPENDED = ("timeoff_entry", "timeoff_approval")
OVERLAP = (
    "superseded_at IS NULL AND employee_id = NEW.employee_id AND id <> NEW.id "
    "AND valid_from <= coalesce(NEW.valid_to, '9999-12-31') AND coalesce(valid_to, '9999-12-31') >= NEW.valid_from"
)
POSTGRES = (
    """
    ALTER TABLE timeoff_rate ADD CONSTRAINT timeoff_rate_no_overlap EXCLUDE USING gist (
        int8range(employee_id, employee_id, '[]') WITH &&, daterange(valid_from, valid_to, '[]') WITH &&
    ) WHERE (superseded_at IS NULL)
    """,
    """
    CREATE FUNCTION timeoff_only_appended() RETURNS trigger LANGUAGE plpgsql AS
    $$BEGIN RAISE EXCEPTION 'Rows of % are only appended.', TG_TABLE_NAME USING ERRCODE = '23001'; END$$
    """,
    *(
        f"CREATE TRIGGER {table}_only_appended BEFORE UPDATE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION timeoff_only_appended()"
        for table in APPENDED
    ),
    "CREATE TRIGGER timeoff_entry_stays BEFORE DELETE ON timeoff_entry "
    "FOR EACH ROW EXECUTE FUNCTION timeoff_only_appended()",
)
POSTGRES_BACK = (
    "DROP TRIGGER timeoff_entry_stays ON timeoff_entry",
    *(f"DROP TRIGGER {table}_only_appended ON {table}" for table in APPENDED),
    "DROP FUNCTION timeoff_only_appended()",
    "ALTER TABLE timeoff_rate DROP CONSTRAINT timeoff_rate_no_overlap",
)
SQLITE = (
    *(
        f"CREATE TRIGGER timeoff_rate_no_overlap_{when.lower()} BEFORE {when} ON timeoff_rate "
        f"WHEN NEW.superseded_at IS NULL AND EXISTS (SELECT 1 FROM timeoff_rate WHERE {OVERLAP}) "
        "BEGIN SELECT RAISE(ABORT, 'timeoff_rate_no_overlap'); END"
        for when in ("INSERT", "UPDATE")
    ),
    *(
        f"CREATE TRIGGER {table}_only_appended BEFORE UPDATE ON {table} "
        f"BEGIN SELECT RAISE(ABORT, 'Rows of {table} are only appended.'); END"
        for table in APPENDED
    ),
)
SQLITE_BACK = (
    *(f"DROP TRIGGER {table}_only_appended" for table in APPENDED),
    *(f"DROP TRIGGER timeoff_rate_no_overlap_{when}" for when in ("insert", "update")),
)


def _run(postgres, sqlite):
    def run(apps, schema_editor):
        for statement in postgres if schema_editor.connection.vendor == "postgresql" else sqlite:
            schema_editor.execute(statement, params=None)

    return run


class Migration(migrations.Migration):
    dependencies = [("timeoff", "0001_initial")]

    operations = [migrations.RunPython(_run(POSTGRES, SQLITE), _run(POSTGRES_BACK, SQLITE_BACK))]
