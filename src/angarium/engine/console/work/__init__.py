"""Pages about how the work goes: messages, schedules, workers and queues."""
