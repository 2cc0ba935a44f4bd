"""operations: the face of the ledger, over HTTP and as pages."""
