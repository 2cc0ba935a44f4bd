"""The files that others run the product with: valid, complete, and true when their commands are started."""
