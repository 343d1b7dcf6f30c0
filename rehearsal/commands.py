"""What each command of the rehearsal does; each imports what it needs itself, so that help comes at once."""

from __future__ import annotations

import argparse
import json
import sys
import threading
from typing import TYPE_CHECKING

from rich.console import Console

from rehearsal.errors import WrongArgumentError
from rehearsal.progress import Steps

if TYPE_CHECKING:
    from rehearsal.scenarios import Scenario
    from rehearsal.workplace import Stack


def run(options: argparse.Namespace) -> int:
    """Rehearse a scenario; 1 when something it promises does not hold."""
    from rehearsal.rehearse import rehearse
    from rehearsal.scenarios.scenario import STARTED_BY_HAND
    from rehearsal.summary import print_summary

    scenario, console = _scenario(options), Console(stderr=options.json)
    stack = _stack(options, (STARTED_BY_HAND, *scenario.settings))
    with Steps(console) as steps, rehearse(scenario, stack, steps, options.port) as result:
        steps.close()
        if options.json:
            print(json.dumps(result.to_dict(), indent=1))
        else:
            print_summary(console, result)
        if options.keep:
            for line in (
                f"Serving at {result.endpoint_url} until Ctrl-C. In another terminal:",
                f"  {sys.executable} -m trainyard explain {result.run_id} --stack {result.stack} "
                f"--endpoint-url {result.endpoint_url}",
            ):
                console.print(line, highlight=False, soft_wrap=True)
            _wait()
    return 0 if result.is_as_expected else 1


def _scenario(options: argparse.Namespace) -> Scenario:
    from rehearsal.scenarios import SCENARIOS
    from rehearsal.scenarios.own_data import own_data

    if bool(options.data) != bool(options.dataset):
        raise WrongArgumentError("--data and --dataset go together: a folder of months, and their contract.")
    if options.data is None:
        return SCENARIOS[options.scenario or "happy-path"]
    if options.scenario:
        raise WrongArgumentError(f"{options.scenario} lands data of its own: leave it out, or --data.")
    return own_data(options.data, options.dataset)


def serve(options: argparse.Namespace) -> int:
    """Serve an empty embedded AWS until Ctrl-C."""
    from rehearsal.workplace import new_folder, start_emulator

    console = Console()
    with Steps(console) as steps:
        emulator = start_emulator(
            *(new_folder(), steps, options.port, options.wait_scale),
            enforces_iam=not options.without_iam,
        )
    with emulator:
        iam = "not enforced" if options.without_iam else "enforced"
        console.print(f"Embedded AWS at {emulator.endpoint_url}, IAM {iam}, until Ctrl-C.", highlight=False)
        _wait()
    return 0


def up(options: argparse.Namespace) -> int:
    """Deploy a stack into a served embedded AWS."""
    from rehearsal.workplace import deploy_stack, running_emulator_url

    console = Console(stderr=options.json)
    with Steps(console) as steps:
        deployment = deploy_stack(_stack(options), running_emulator_url(options.port), steps)
    if options.json:
        print(json.dumps(dict(deployment.outputs), indent=1))
    else:
        for name, value in sorted(deployment.outputs.items()):
            console.print(f"{name:<28} {value}", highlight=False, markup=False, soft_wrap=True)
    return 0


def preview(options: argparse.Namespace) -> int:
    """List what a stack declares."""
    from rehearsal.program.run import preview
    from rehearsal.workplace import ROOT

    stack = _stack(options)
    declared = preview(ROOT, stack.name, config=stack.config)
    resources = [(resource.type, resource.name) for resource in declared.resources]
    if options.json:
        print(json.dumps([{"type": kind, "name": name} for kind, name in resources], indent=1))
    else:
        for kind, name in resources:
            print(f"+ {kind:<60} {name}")
        print(f"{len(resources)} resources, {declared.seconds:.1f} s")
    return 0


def definitions(options: argparse.Namespace) -> int:
    """Render and lint the state machines; 1 when the lint finds something."""
    from rehearsal.definitions import render_all
    from rehearsal.workplace import shown

    try:
        findings = render_all(options.out)
    except OSError as error:
        raise WrongArgumentError(f"--out is {options.out}: {error.filename}: {error.strerror}") from error
    if options.json:
        print(json.dumps([str(finding) for finding in findings], indent=1))
    else:
        for finding in findings:
            print(finding, file=sys.stderr)
        print(f"Rendered to {shown(options.out.resolve())}; {len(findings) or 'no'} findings.")
    return 1 if findings else 0


def simulate(options: argparse.Namespace) -> int:
    """Run scenarios in virtual time; 1 when one breaks a promise."""
    if options.random is not None:
        return _simulate_by_chance(options)
    if options.histories is not None:
        raise WrongArgumentError("--histories is of random runs: give their number, as in --random 100.")
    from rehearsal.simulated.chosen import run_chosen
    from rehearsal.simulated.table import plain, print_runs

    runs = run_chosen(options.scenario)
    if options.json:
        print(json.dumps([plain(run) for run in runs], indent=1))
    else:
        print_runs(Console(soft_wrap=True), runs)
    return 1 if any(list(run.broken_promises()) for run in runs) else 0


def _simulate_by_chance(options: argparse.Namespace) -> int:
    from rehearsal.simulated.campaign import Campaign, print_campaign, require_possible, run_campaign
    from rehearsal.simulated.stack import simulated_stack

    if options.scenario is not None:
        raise WrongArgumentError(f"Give either --random or a scenario ('{options.scenario}'), not both.")
    require_possible(options.random, options.histories)
    campaign, stack = Campaign(), simulated_stack(options.stack)
    for seed, ended in run_campaign(stack, options.random, options.seed, options.histories):
        campaign.add(seed, ended)
    if options.json:
        print(json.dumps({"outcomes": campaign.outcomes, "complaints": campaign.complaints}, indent=1))
    else:
        print_campaign(Console(soft_wrap=True), campaign)
    return 1 if campaign.complaints else 0


def coverage(options: argparse.Namespace) -> int:
    """Measure what the scenarios reach; 1 when the gate stays shut."""
    from rehearsal.coverage.measure import measure
    from rehearsal.coverage.table import plain, print_coverage
    from rehearsal.simulated.chosen import run_chosen, stacks

    runs = run_chosen(None)
    found = measure(stacks(), runs)
    if options.json:
        print(json.dumps(plain(found, len(runs)), indent=1))
    else:
        print_coverage(Console(soft_wrap=True), found, len(runs))
    return 1 if any(found.complaints()) else 0


def _stack(options: argparse.Namespace, settings: tuple[str, ...] = ()) -> Stack:
    from rehearsal.definitions import stacks
    from rehearsal.overrides import overridden, require_valid
    from rehearsal.workplace import ROOT, Stack

    if options.stack not in (known := stacks()):
        file = f"Pulumi.{options.stack}.yaml"
        raise WrongArgumentError(
            f"--stack is {options.stack}: there is no {file}; stacks are {', '.join(known)}"
        )
    config = overridden(ROOT, options.stack, [*settings, *options.config])
    require_valid(ROOT, options.stack, config)
    return Stack(options.stack, config)


def _wait() -> None:
    threading.Event().wait()
