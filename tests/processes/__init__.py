"""The product as real processes: started, used over HTTP, killed, started again."""
