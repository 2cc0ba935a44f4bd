"""The events that modules exchange: frozen structs with versioned names, one file per module. No Django here."""
