"""What a waiting process can load ahead: the SDK, the provider's modules and boto3's service models."""

import importlib
from collections.abc import Callable, Iterator
from functools import partial


def warm_up(is_wanted: Callable[[], bool]) -> None:
    """Load step by step until a job arrives."""
    for step in _steps():
        if is_wanted():
            return
        step()


def _steps() -> Iterator[Callable[[], object]]:
    yield lambda: importlib.import_module("rehearsal.program.provider")
    yield lambda: importlib.import_module("rehearsal.program.execution")
    from rehearsal.program.account import SERVICES, model_session
    from rehearsal.program.handlers import all_handlers

    modules = {token.split(":")[1].split("/")[0] for token in all_handlers()}
    for name in sorted(modules - {"cognito"}):
        yield partial(_load, name)
    for service in SERVICES:
        yield partial(model_session().client, service, region_name="eu-west-1")


def _load(name: str) -> None:
    module = importlib.import_module(f"pulumi_aws.{'lambda_' if name == 'lambda' else name}")
    # The package imports its modules at the first access to one of their names.
    getattr(module, "__all__", None)
