"""What holds for every module's live frames."""
