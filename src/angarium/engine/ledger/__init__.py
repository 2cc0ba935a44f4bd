"""The ledger of operations: what work there is, and how far it got."""
