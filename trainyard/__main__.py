"""`python -m trainyard NOUN VERB`: one module a verb.

Exit codes: 0 done, 1 the answer is no, 2 wrong use or no access, 130 interrupted."""

from __future__ import annotations

import argparse
import sys

from contracts.failures import Failure
from trainyard import (
    contract_check,
    contract_infer,
    contract_schema,
    explain,
    features_as_of,
    forecast_training,
)


def parser() -> argparse.ArgumentParser:
    """Everything the command line takes."""
    top = argparse.ArgumentParser(prog="trainyard", description=__doc__)
    nouns = top.add_subparsers(title="nouns", required=True, metavar="NOUN")
    contract = nouns.add_parser("contract", help="dataset contracts")
    verbs = contract.add_subparsers(title="verbs", required=True, metavar="VERB")
    for verb in (contract_check, contract_infer, contract_schema):
        verb.add_parser(verbs)
    forecast = nouns.add_parser("forecast", help="what a run will take")
    forecast_training.add_parser(forecast.add_subparsers(title="verbs", required=True, metavar="VERB"))
    features = nouns.add_parser("features", help="the Feature Store's history")
    features_as_of.add_parser(features.add_subparsers(title="verbs", required=True, metavar="VERB"))
    explain.add_parser(nouns)
    return top


def main(arguments: list[str] | None = None) -> int:
    """Runs one verb; what it cannot do is said on stderr, with exit code 2."""
    chosen = parser().parse_args(arguments)
    try:
        return int(chosen.run(chosen))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 1
    except (Failure, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2


if __name__ == "__main__":
    sys.exit(main())
