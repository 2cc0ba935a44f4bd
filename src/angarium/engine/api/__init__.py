"""What every HTTP interface shares: problems, paging, idempotency, limits, schema."""
