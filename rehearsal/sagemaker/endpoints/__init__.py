"""Endpoints that serve: fleets of model servers, deployments between them, invocations and capture."""
