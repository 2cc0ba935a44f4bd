"""Projects with tasks and comments, live on every board, with reminders and a daily summary."""
