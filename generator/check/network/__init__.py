"""Rules on who reaches what: the edge, Services, NetworkPolicies, addresses."""
