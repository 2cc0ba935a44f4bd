"""The five services, each a Django app with the same file names inside."""
