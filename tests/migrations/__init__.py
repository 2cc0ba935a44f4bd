"""Every migration goes forward, back and forward over filled tables, and what ran before it still runs after it."""
