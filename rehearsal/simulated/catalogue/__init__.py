"""Every simulated scenario by name: the failures the pipeline handles, each produced on purpose."""

from __future__ import annotations

from rehearsal.simulated.catalogue.calls import CALLS
from rehearsal.simulated.catalogue.data import DATA
from rehearsal.simulated.catalogue.decisions import DECISIONS
from rehearsal.simulated.catalogue.deployment import DEPLOYMENT
from rehearsal.simulated.catalogue.endings import ENDINGS
from rehearsal.simulated.catalogue.last_failures import LAST_FAILURES
from rehearsal.simulated.catalogue.redrives import REDRIVES
from rehearsal.simulated.catalogue.sandboxes import SANDBOXES
from rehearsal.simulated.catalogue.training import TRAINING

CATALOGUE = {
    scenario.name: scenario
    for scenario in (
        *DATA,
        *TRAINING,
        *DECISIONS,
        *DEPLOYMENT,
        *CALLS,
        *SANDBOXES,
        *ENDINGS,
        *REDRIVES,
        *LAST_FAILURES,
    )
}
