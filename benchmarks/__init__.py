"""What the server costs, beside peers under the same load in the same run: `python -m benchmarks`."""
