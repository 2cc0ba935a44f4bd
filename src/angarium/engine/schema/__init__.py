"""How tables change under a product that runs: data in batches that go on after a stop, indexes that hold up nobody."""
