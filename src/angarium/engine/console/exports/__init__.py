"""The pages of exports: what one has asked for and how far it is, asking for more, one export with its file."""
