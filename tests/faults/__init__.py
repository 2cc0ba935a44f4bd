"""The product under faults: each test writes a history of what was asked and done, which one checker reads."""
