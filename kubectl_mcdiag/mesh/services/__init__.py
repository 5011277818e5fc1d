"""Facts. Services and policy: Services, ports, endpoints, injection, mutual TLS, authorization, visibility."""
