"""The operator's command line: a package a noun, a module a verb."""

from __future__ import annotations

import argparse
import sys

from contracts.failures import Failure
from trainyard import explain
from trainyard.contract import check, infer, schema
from trainyard.features import as_of, prepare
from trainyard.forecast import training
from trainyard.trainer import check as trainer_check

RawDescription = argparse.RawDescriptionHelpFormatter
EXIT_CODES = """exit codes: 0 done, 1 the answer is no, 2 wrong use or no access, 130 interrupted"""


def parser() -> argparse.ArgumentParser:
    """Everything the command line takes."""
    top = argparse.ArgumentParser(
        prog="python -m trainyard", description=__doc__, epilog=EXIT_CODES, formatter_class=RawDescription
    )
    nouns = top.add_subparsers(title="nouns", required=True, metavar="NOUN")
    contract = nouns.add_parser("contract", help="dataset contracts")
    verbs = contract.add_subparsers(title="verbs", required=True, metavar="VERB")
    for verb in (check, infer, schema):
        verb.add_parser(verbs)
    forecast = nouns.add_parser("forecast", help="what a run will take")
    training.add_parser(forecast.add_subparsers(title="verbs", required=True, metavar="VERB"))
    features = nouns.add_parser("features", help="training sets, and the Feature Store's history")
    verbs = features.add_subparsers(title="verbs", required=True, metavar="VERB")
    for verb in (prepare, as_of):
        verb.add_parser(verbs)
    trainer = nouns.add_parser("trainer", help="training images")
    trainer_check.add_parser(trainer.add_subparsers(title="verbs", required=True, metavar="VERB"))
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
    except OSError as error:
        sys.stderr.write(f"{error.filename}: {error.strerror}\n" if error.filename else f"{error}\n")
        return 2
    except Failure as error:
        sys.stderr.write(f"{error}\n")
        return 2


if __name__ == "__main__":
    sys.exit(main())
