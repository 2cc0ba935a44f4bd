"""The benchmarks run, in their short form: that they measure what they say, and that nothing is lost."""
