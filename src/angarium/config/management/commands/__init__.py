"""Commands that start the product's processes."""
