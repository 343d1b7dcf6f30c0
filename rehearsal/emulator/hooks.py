"""The only door to ministack's internals: a table of the names we use or replace, checked once at boot.

ministack is pinned to one exact version because none of these names is a public interface. `verify` fails
with the remedy before anything is served; `use` and `replace` refuse a name that the table doesn't list.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import inspect
from typing import Any

MINISTACK_VERSION = "1.5.33"

# module -> name -> parameter names of a function, None for everything else.
HOOKS: dict[str, dict[str, str | None]] = {
    "app": {
        "app": "scope, receive, send",
        "AUTH": None,
        "SERVICE_HANDLERS": None,
        "pin_request_origin": "source_ip, secure_transport",
        "_reset_all_state": "",
    },
    "core.router": {
        "SERVICE_PATTERNS": None,
        "extract_access_key_id": "headers, query_params",
    },
    "core.responses": {
        "error_response_json": "code, message, status, extra, message_key, content_type",
        "get_account_id": "",
        "get_region": "",
        "set_request_account_id": "access_key_id",
        "set_request_region": "region",
    },
    "core.iam_actions": {
        "SERVICE_TO_IAM_NAMESPACE": None,
        "access_denied_response": (
            "service, action, principal_arn, request_id, error_code, message, headers, resource_arn, "
            "explicit_deny, resource_policy_arn"
        ),
        "extract_iam_action": "service, method, path, headers, body, query_params",
        "extract_resource_arn": "service, method, path, headers, body, query_params, region, account_id",
        "s3_additional_checks": "method, path, headers, body, query_params",
        "_s3_action": "method, path, query_params",
        "_s3_source_object": "headers",
    },
    "core.iam_evaluator": {
        "AuthError": None,
        "EvalContext": None,
        "EvalResult": None,
        "combine_resource_policy": "identity, ctx, policy, owner_account, required, limits",
        "enforce": "access_key_id, iam_action, service, region, resource_arn, service_context",
        "evaluate": "ctx, policies, limits",
        "evaluate_resource_policy": "doc, ctx, service, named_only, direct_only",
        "resolve_principal": "access_key_id, account_id, credential",
        "_conditions_met": "conditions, ctx",
        "_request_origin": None,
    },
    "core.lambda_runtime": {
        "_PYTHON_WORKER_SCRIPT": None,
        "Worker.kill": "self",
        "Worker._drain_stderr": "self",
        "Worker._drain_stderr_bounded": "self, first_line_wait, idle_confirm, hard_cap",
        "execution_credentials": "config",
        "acquire_worker": "func_name, config, code_zip, qualifier, max_concurrency",
        "release_worker": "worker",
        "reset": "",
    },
    "services.apigateway": {
        "_extract_lambda_ref_from_integration_uri": "uri",
        "_invoke_lambda_proxy": (
            "integration, api_id, stage, path, method, headers, body, query_params, route_key, path_params, "
            "authorizer_claims, authorizer_scopes, authorizer_lambda_context, authorizer_iam, "
            "owner_account_id, owner_region, raw_query_string"
        ),
    },
    "services.cloudwatch": {
        "_alarms": None,
        "_calc_stats": "points",
        "_dims_from_list": "dimensions",
        "_dims_key": "dims",
        "_dispatch_alarm_actions": "alarm, old_state, new_state, reason",
        "_evaluate_alarm": "alarm",
        "_evaluate_all_alarms": "",
        "_put_composite_alarm": "params, cbor_data, is_cbor, is_json",
        "_evaluate_parent_alarms": "child, seen",
        "_error": "code, message, status, use_json, use_cbor",
        "_metrics": None,
        "_put_metric_alarm": "params, cbor_data, is_cbor, is_json",
        "_record_history": "alarm_name, old_state, new_state, reason, alarm_type, reason_data",
        "_stat_value": "stats, stat_name, points",
        "record_metric": "namespace, metric_name, value, unit, dimensions",
    },
    "services.cloudwatch_logs": {
        "_append_log_events": "stream, events",
        "_create_log_group": "data",
        "_fanout_to_subscription_filters": "group_name, stream_name, events",
        "_log_groups": None,
        "_make_group_arn": "name",
    },
    "services.dynamodb": {"_tables": None},
    "services.ec2": {
        "_ACTION_MAP": None,
        "_aws_pl_id_from_name": "prefix_name",
        "_error": "code, message, status",
        "_parse_ip_permissions": "params, prefix",
        "_parse_member_list": "params, prefix",
        "_route_tables": None,
        "_security_groups": None,
        "_subnets": None,
        "_vpc_endpoints": None,
        "_vpcs": None,
        "_vpce_fields_xml": "ep, tag",
    },
    "services.eventbridge": {
        "_dispatch_to_stepfunctions": "arn, payload",
        "_invoke_target": "target, event, rule, view",
        "_put_events": "data, allow_aws_source",
    },
    "services.iam": {"_roles": None},
    "services.kms": {"_grants": None, "_resolve_key": "key_id_or_arn"},
    "services.lambda_svc": {
        "_create_esm": "data",
        "_create_function": "data",
        "_execute_function_warm": "func, event, request_id",
        "_ensure_reaper_thread": "",
        "_functions": None,
        "_throttle_response": "reason_code, msg, retry_after",
        "_update_config": "name, data",
        "_xray_trace_id_for_invocation": "config, inbound_trace_header",
        "execution_credentials": "config",
        "function_policy_for_arn": "resource_arn",
    },
    "services.s3": {
        "_bucket_default_sse_headers": "bucket_name",
        "_bucket_encryption": None,
        "_buckets": None,
        "_deliver_event_to_lambda": "arn, event_payload, bucket_region",
        "_multipart_uploads": None,
        "_object_tags": None,
        "_object_versions": None,
        "_stored_sse_headers": "obj",
    },
    "services.sns": {
        "_deliver_to_lambda": (
            "endpoint, envelope, topic_arn, sub_arn, msg_id, raw_message, message_attributes"
        ),
        "_deliver_to_sqs": (
            "endpoint, envelope, raw, raw_message, message_group_id, message_dedup_id, message_attributes, "
            "topic_arn"
        ),
        "_topic_by_arn_any_scope": "topic_arn",
        "topic_policy_allows": "topic_arn, service, source_arn, source_account",
    },
    "services.sqs": {
        "_queue_by_arn": "arn",
        "queue_policy_allows": "queue_arn, service, source_arn, source_account",
    },
    "services.stepfunctions": {"_start_execution": "data"},
    "services.sts": {"_sessions": None, "register_session": "access_key, session"},
}


class HooksChangedError(RuntimeError):
    """ministack isn't the one these hooks were written for; the message says what to do."""


def verify(installed_version: str | None = None) -> None:
    """Check version, names and parameters of every hook; raise HooksChangedError listing all differences."""
    version = installed_version or importlib.metadata.version("ministack")
    if version != MINISTACK_VERSION:
        raise HooksChangedError(
            f"ministack is {version}, the rehearsal's hooks are written for {MINISTACK_VERSION}. "
            f"Remedy: install ministack=={MINISTACK_VERSION}, or adapt rehearsal/emulator/hooks.py."
        )
    differences = [
        difference
        for module, names in HOOKS.items()
        for name, parameters in names.items()
        if (difference := _difference(module, name, parameters))
    ]
    if differences:
        raise HooksChangedError(
            f"ministack {version} differs from what the rehearsal hooks into: {'; '.join(differences)}. "
            "Remedy: reinstall it from the locked requirements, or adapt rehearsal/emulator/hooks.py."
        )


def use(path: str) -> Any:
    """Return the hooked object at `module:name`, as it is now."""
    owner, name = _owner(*_listed(path))
    return getattr(owner, name)


def replace(path: str, replacement: Any) -> Any:
    """Put `replacement` in the place of the hooked object and return what was there."""
    owner, name = _owner(*_listed(path))
    original = getattr(owner, name)
    setattr(owner, name, replacement)
    return original


def _listed(path: str) -> tuple[str, str]:
    module, _, name = path.partition(":")
    if name not in HOOKS.get(module, {}):
        raise HooksChangedError(
            f"{path} isn't in the table of hooks: add it to rehearsal/emulator/hooks.py first."
        )
    return module, name


def _owner(module: str, name: str) -> tuple[Any, str]:
    """The object that holds the name, a module or a class in it, and the name's last part."""
    loaded = importlib.import_module(f"ministack.{module}")
    class_name, _, attribute = name.rpartition(".")
    return (getattr(loaded, class_name) if class_name else loaded), attribute


def _difference(module: str, name: str, parameters: str | None) -> str | None:
    owner, attribute = _owner(module, name)
    if not hasattr(owner, attribute):
        return f"{module}.{name} is gone"
    if parameters is None:
        return None
    actual = ", ".join(inspect.signature(getattr(owner, attribute)).parameters)
    return None if actual == parameters else f"{module}.{name} takes ({actual}), not ({parameters})"
