"""What tests, the soak and the benchmarks play against: vendors, name servers, clients."""
