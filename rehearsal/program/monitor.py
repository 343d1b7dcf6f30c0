"""The engine's side of a Pulumi program: answers the SDK's registrations, keeping each one, without the
Pulumi CLI.

Only features whose effect is the same on a fresh stack are offered; the SDK itself refuses the others by
name.
"""

import json
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from google.protobuf import empty_pb2
from pulumi.runtime.proto import resource_pb2

from rehearsal.program import values
from rehearsal.program.backends import Backend
from rehearsal.program.deployment import (
    STACK_TYPE,
    DeclaredOnly,
    IgnoredProperty,
    Progress,
    Registration,
)
from rehearsal.program.errors import Failure, RefusedError
from rehearsal.program.handlers.registry import Created
from rehearsal.program.inputs import Declared
from rehearsal.program.without_effect import without_effect

_STACK_REFERENCE = "pulumi:pulumi:StackReference"
_AWS_PROVIDER = "pulumi:providers:aws"
_PROVIDER_PROPERTIES = frozenset(
    {"region", "defaultTags", "version", "skipCredentialsValidation", "skipRegionValidation"}
)


class Monitor:
    """The calls of the ResourceMonitor service that the Python SDK makes; independent resources arrive in
    parallel.
    """

    def __init__(
        self,
        *,
        project: str,
        stack: str,
        backend: Backend,
        region: str,
        default_tags: Mapping[str, str],
        stack_references: Mapping[str, Mapping[str, Any]],
        on_progress: Callable[[Progress], None],
    ) -> None:
        self._project, self._stack, self._backend, self._region = project, stack, backend, region
        self._default_tags, self._stack_references = default_tags, stack_references
        self._on_progress = on_progress
        self._lock = threading.Lock()
        self._started = time.monotonic()
        self._seen: set[str] = set()
        self._provider_tags: dict[str, Mapping[str, str]] = {}
        self.registrations: dict[str, Registration] = {}
        self.outputs: dict[str, dict[str, Any]] = {}
        self.secret_outputs: dict[str, frozenset[str]] = {}
        self.failures: list[Failure] = []
        self.declared_only: list[DeclaredOnly] = []
        self.ignored: list[IgnoredProperty] = []

    def GetDeploymentInfo(self, _: Any) -> resource_pb2.DeploymentInfo:  # noqa: N802 - named by the protocol
        """The features on offer; resource references are left out so that a resource given as input arrives
        as its id.
        """
        return resource_pb2.DeploymentInfo(
            supportedFeatures=[
                resource_pb2.RESOURCE_MONITOR_FEATURE_SECRETS,
                resource_pb2.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
                resource_pb2.RESOURCE_MONITOR_FEATURE_DELETED_WITH,
                resource_pb2.RESOURCE_MONITOR_FEATURE_REPLACEMENT_TRIGGER,
                resource_pb2.RESOURCE_MONITOR_FEATURE_REPLACE_WITH,
            ]
        )

    def RegisterResource(self, request: Any) -> resource_pb2.RegisterResourceResponse:  # noqa: N802
        """Create a custom resource through the backend; components only get their URN."""
        urn = self._urn(request.parent, request.type, request.name)
        inputs = values.plain(request.object)
        try:
            self._claim(urn)
            if request.remote or request.importId:
                raise RefusedError("remote components and imports are not part of a rehearsal")
            created, state = self._create(urn, request, inputs)
        except Exception as error:
            self._fail(urn, error)
            raise
        self._keep(urn, request, inputs, created, values.plain(state))
        return resource_pb2.RegisterResourceResponse(urn=urn, id=created.id, object=state)

    def ReadResource(self, request: Any) -> resource_pb2.ReadResourceResponse:  # noqa: N802
        """Only stack references can be read: on a fresh emulator nothing else existed before the program."""
        urn = self._urn(request.parent, request.type, request.name)
        try:
            if request.type != _STACK_REFERENCE:
                raise RefusedError(
                    f"{request.type}.get() needs a resource that existed before; a rehearsal starts empty"
                )
            if request.id not in self._stack_references:
                raise RefusedError(f"give the rehearsal the outputs of the referenced stack {request.id!r}")
        except RefusedError as error:
            self._fail(urn, error)
            raise
        outputs = self._stack_references[request.id]
        state = values.struct({"name": request.id, "outputs": dict(outputs), "secretOutputNames": []})
        return resource_pb2.ReadResourceResponse(urn=urn, properties=state)

    def RegisterResourceOutputs(self, request: Any) -> empty_pb2.Empty:  # noqa: N802
        """Outputs of the stack and of components."""
        with self._lock:
            self.outputs[request.urn] = values.plain(request.outputs)
            self.secret_outputs[request.urn] = values.secret_keys(request.outputs)
        return empty_pb2.Empty()

    def Invoke(self, request: Any) -> resource_pb2.ResourceInvokeResponse:  # noqa: N802
        """A data function, such as `aws.get_caller_identity`."""
        try:
            result = self._backend.invoke(request.tok, values.plain(request.args))
        except Exception as error:
            self._fail(request.tok, error)
            raise
        return resource_pb2.ResourceInvokeResponse(**{"return": values.struct(result)})

    def SignalAndWaitForShutdown(self, _: Any) -> empty_pb2.Empty:  # noqa: N802
        """Nothing outlives the program here, so there is nothing to wait for."""
        return empty_pb2.Empty()

    def _urn(self, parent: str, resource_type: str, name: str) -> str:
        parent_type = parent.split("::")[2] if parent else ""
        qualified = resource_type if parent_type in ("", STACK_TYPE) else f"{parent_type}${resource_type}"
        return f"urn:pulumi:{self._stack}::{self._project}::{qualified}::{name}"

    def _claim(self, urn: str) -> None:
        with self._lock:
            if urn in self._seen:
                raise RefusedError("another resource has this URN; give one of them another name")
            self._seen.add(urn)

    def _create(self, urn: str, request: Any, inputs: Mapping[str, Any]) -> tuple[Created, Any]:
        if not request.custom:
            return Created(""), request.object
        if request.type.startswith("pulumi:providers:"):
            self._add_provider(urn, request.type, inputs)
            return Created(f"{request.name}-id"), request.object
        declared = Declared(
            request.type,
            request.name,
            inputs,
            self._tags_for(request.provider),
            f"{self._project}/{self._stack}",
        )
        created = self._backend.create(declared)
        if created is None:
            return Created(""), request.object
        self._note(urn, declared, created, inputs)
        tags = {"tagsAll": declared.tags()} if declared.has_read_tags else {}
        return created, values.merged(request.object, {**created.outputs, **tags})

    def _add_provider(self, urn: str, resource_type: str, inputs: Mapping[str, Any]) -> None:
        unknown = sorted(set(inputs) - _PROVIDER_PROPERTIES)
        if resource_type != _AWS_PROVIDER or unknown:
            raise RefusedError(
                f"provider {resource_type}: settings {', '.join(unknown) or 'of any kind'} have no effect"
            )
        if inputs.get("region", self._region) != self._region:
            raise RefusedError(f"region {inputs['region']!r}: the rehearsal runs one region, {self._region}")
        # The SDK sends a provider's nested settings as JSON text.
        tags = inputs.get("defaultTags", {})
        parsed = json.loads(tags) if isinstance(tags, str) else tags
        with self._lock:
            self._provider_tags[urn] = parsed.get("tags", {})

    def _tags_for(self, provider: str) -> Mapping[str, str]:
        return self._provider_tags[provider.rpartition("::")[0]] if provider else self._default_tags

    def _note(self, urn: str, declared: Declared, created: Created, inputs: Mapping[str, Any]) -> None:
        with self._lock:
            if created.declared_only:
                self.declared_only.append(DeclaredOnly(urn, created.declared_only))
            kept = dict(without_effect(declared.resource_type, inputs))
            for path, reason in (declared.ignored() | kept).items():
                self.ignored.append(IgnoredProperty(urn, path, reason))

    def _keep(self, urn: str, request: Any, inputs: Any, created: Created, outputs: Any) -> None:
        by_property = {name: tuple(found.urns) for name, found in request.propertyDependencies.items()}
        registration = Registration(
            urn=urn,
            type=request.type,
            name=request.name,
            parent=request.parent,
            is_custom=request.custom,
            id=created.id,
            inputs=inputs,
            outputs=outputs,
            dependencies=tuple(request.dependencies),
            property_dependencies=by_property,
            request=request.SerializeToString(),
        )
        with self._lock:
            self.registrations[urn] = registration
            done = len(self.registrations)
        self._on_progress(Progress(urn, request.type, request.name, done, time.monotonic() - self._started))

    def _fail(self, urn: str, error: Exception) -> None:
        with self._lock:
            self.failures.append(Failure(urn, f"{type(error).__name__}: {error}"))
