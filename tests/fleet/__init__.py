"""Several gateways behind two balancers, in network namespaces: make test-fleet, make fleet."""
