"""Releases: what staging, the shift of traffic and the live endpoint may do, and how it is undone."""

from __future__ import annotations

from rehearsal.simulated.faults import Fault
from rehearsal.simulated.scenario import Simulated
from rehearsal.simulated.world import Facts

UNDONE = ("deployment/RestoreEndpoint", "deployment/WithdrawPackage", "deployment/FreeLock")

DEPLOYMENT = (
    Simulated(
        name="failed smoke test on staging",
        outcome="DeploymentRolledBack",
        error="SmokeTestFailed",
        facts=Facts(smoke="fails on staging"),
        path=("deployment/SmokeTestStaging", *UNDONE),
    ),
    Simulated(
        name="failed smoke test on the new endpoint",
        outcome="DeploymentRolledBack",
        error="SmokeTestFailed",
        facts=Facts(smoke="fails on live"),
        path=("deployment/CreateLive", "deployment/SmokeTestLive", *UNDONE),
    ),
    Simulated(
        name="failed smoke test on the live endpoint",
        outcome="DeploymentRolledBack",
        error="SmokeTestFailed",
        facts=Facts(has_baseline=True, live="InService", smoke="fails on live"),
        path=("deployment/UpdateLive", "deployment/SmokeTestLive", "deployment/WaitForRestore", *UNDONE),
    ),
    Simulated(
        name="alarm during bake, a silent endpoint rollback",
        outcome="DeploymentRolledBack",
        facts=Facts(has_baseline=True, live="InService", shift_of_traffic="alarm"),
        path=("deployment/UpdateLive", "deployment/PollLive", "deployment/IsLiveWanted", *UNDONE),
    ),
    Simulated(
        name="update of the endpoint fails",
        outcome="DeploymentRolledBack",
        facts=Facts(has_baseline=True, live="InService", shift_of_traffic="Failed"),
        path=("deployment/UpdateLive", *UNDONE),
    ),
    Simulated(
        name="first live endpoint does not start",
        outcome="DeploymentRolledBack",
        facts=Facts(shift_of_traffic="Failed"),
        path=("deployment/CreateLive", *UNDONE),
    ),
    Simulated(
        name="staging does not start",
        outcome="DeploymentRolledBack",
        facts=Facts(staging="Failed"),
        path=("deployment/IsStagingUp", *UNDONE),
    ),
    Simulated(
        name="live endpoint is broken beforehand",
        outcome="DeploymentRolledBack",
        facts=Facts(has_baseline=True, live="Failed"),
        path=("deployment/IsLiveReady", *UNDONE),
    ),
    Simulated(
        name="package is not complete",
        outcome="DeploymentRolledBack",
        error="ConfigurationRejected",
        facts=Facts(package_status="Failed"),
        path=("deployment/IsPackageReady", *UNDONE),
    ),
    Simulated(
        name="package takes five minutes to be made",
        outcome="Deployed",
        facts=Facts(package_seconds=300.0),
        path=("deployment/IsPackageReady", "deployment/WaitForPackage", "deployment/CreateModel"),
    ),
    Simulated(
        name="package is never made",
        outcome="DeploymentRolledBack",
        error="ConfigurationRejected",
        facts=Facts(package_seconds=7 * 24 * 3600.0),
        path=("deployment/WaitForPackage", *UNDONE),
    ),
    Simulated(
        name="another deployment holds the endpoint",
        outcome="DeploymentRolledBack",
        error="DeploymentLocked",
        facts=Facts(is_deployment_locked=True),
        path=("deployment/TakeLock", "deployment/WithdrawPackage", "deployment/FreeLock"),
    ),
    Simulated(
        name="another deployment ends in time",
        outcome="Deployed",
        faults=(Fault(place="deployment/TakeLock", what="held", times=5),),
    ),
)
