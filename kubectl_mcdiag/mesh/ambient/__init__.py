"""Facts. Ambient mode: enrolment, global services, ambient east-west gateways, waypoints."""
