"""The schema of the chart's values: closed, so that a misspelt key fails at install and is named."""

from __future__ import annotations

from typing import Any, Final

from deploy.chart.comments import comments_of
from deploy.chart.paths import CHART
from deploy.chart.platform_schema import platform_definitions
from deploy.chart.registry import input_of, most_workers
from sextant.contracts.topics import STAGES

Schema = dict[str, Any]

_QUANTITY: Final = {"type": ["string", "integer"], "pattern": r"^[0-9]+(\.[0-9]+)?(m|k|Ki|M|Mi|G|Gi|T|Ti)?$"}
_NAME: Final = {"type": "string", "pattern": r"^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?)?$"}
_REGION: Final = {"type": "string", "pattern": r"^[a-z0-9-]{1,16}$"}
_IMAGE: Final = {"type": "string", "pattern": r"^[a-z0-9./_:-]+(:[A-Za-z0-9._-]+|@sha256:[0-9a-f]{64})$"}
_ENDPOINT: Final = {"type": "string", "pattern": r"^(https?://[^\s/]+(/\S*)?)?$"}
_BOOTSTRAP: Final = {"type": "string", "pattern": r"^([^\s:,/]+:[0-9]{1,5}(,[^\s:,/]+:[0-9]{1,5})*)?$"}
_SMARTHOST: Final = {"type": "string", "pattern": r"^([^\s:/]+:[0-9]{1,5})?$"}
_VARIABLES: Final = {
    "type": "object",
    "patternProperties": {"^SEXTANT_[A-Z_]+$": {"type": ["string", "number", "boolean"]}},
    "additionalProperties": False,
}
_TEXTS: Final = {"type": "object", "additionalProperties": {"type": "string"}}
_OBJECT: Final = {"type": "object"}
_OBJECTS: Final = {"type": "array", "items": {"type": "object"}}
_TEXT: Final = {"type": "string"}
_FLAG: Final = {"type": "boolean"}


def values_schema() -> Schema:
    """Return the whole schema; the text beside each key of values.yaml is its description."""
    schema = _closed(_properties())
    schema["allOf"] = _conditions()
    _describe(schema, comments_of(CHART / "values.yaml"))
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Values of the chart sextant",
        "$defs": platform_definitions(),
        **schema,
    }


def _properties() -> Schema:
    return {
        "nameOverride": _NAME,
        "fullnameOverride": _NAME,
        "region": _REGION,
        "image": _closed(
            {
                "repository": {"type": "string", "minLength": 1},
                "tag": _TEXT,
                "pullPolicy": {"enum": ["Always", "IfNotPresent", "Never"]},
                "pullSecrets": {"type": "array", "items": _NAME},
            }
        ),
        "config": _closed(
            {
                "overrides": {"$ref": "#/$defs/platform-change"},
                "sections": {"$ref": "#/$defs/platform-sections"},
            }
        ),
        "liveSwitch": {"enum": ["", "i-accept-real-orders"]},
        "kafka": _kafka(),
        "postgres": _server(
            existingSecret=_secret_key(), port=_port(), diskCapMb={"type": "integer", "minimum": 256}
        ),
        "valkey": _server(),
        "simulator": _simulator(),
        "operator": _closed(
            {"existingSecret": _secret_key(), "port": _port(), "doorPort": _port(), "tlsSecret": _NAME}
        ),
        "venueKeys": _closed({"existingSecret": _NAME}),
        "generateSecrets": _FLAG,
        "podSecurity": _closed({"runAsUser": _whole(1), "fsGroup": _whole(1)}),
        "default": _closed(_settings()),
        "workloads": _closed({stage: _workload(stage) for stage in STAGES}),
        "setup": _closed(
            {
                "topics": _FLAG,
                "migrations": _FLAG,
                "deadlineSeconds": _whole(30),
                "resources": _resources(),
            }
        ),
        "smoke": _closed({"timeoutSeconds": _whole(10)}),
        "priorityClass": _closed({"create": _FLAG, "name": _NAME, "value": _whole(0, maximum=1_000_000_000)}),
        "networkPolicy": _closed(
            {
                "enabled": _FLAG,
                **dict.fromkeys(
                    (
                        "metricsFrom",
                        "operatorsFrom",
                        "kafkaFrom",
                        "kafkaTo",
                        "postgresTo",
                        "venuesTo",
                        "tracesTo",
                    ),
                    _OBJECTS,
                ),
            }
        ),
        "tracing": _closed({"endpoint": _ENDPOINT, "jaegerUrl": _ENDPOINT}),
        "observability": _observability(),
        "strimzi": _closed(
            {"topics": _FLAG, "users": _FLAG, "cluster": _NAME, "namespace": _NAME, "replicas": _whole(1)}
        ),
        "keda": _closed({"strategies": _scaling()}),
        "monitoring": _closed(
            {"podMonitor": _FLAG, "prometheusRule": _FLAG, "dashboards": _FLAG, "labels": _TEXTS}
        ),
        # Helm sets it where this chart is a part of another one.
        "global": _OBJECT,
    }


def _kafka() -> Schema:
    security = _closed(
        {
            "protocol": {"enum": ["plaintext", "ssl", "sasl_plaintext", "sasl_ssl"]},
            "mechanism": {"enum": ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]},
            "username": _TEXT,
            "existingSecret": _NAME,
            "privateCa": _FLAG,
            "mutualTls": _FLAG,
        }
    )
    return _server(
        bootstrap=_BOOTSTRAP,
        security=security,
        heapMb=_whole(128),
        diskCapMb=_whole(512),
    )


def _simulator() -> Schema:
    return _closed(
        {
            "enabled": _FLAG,
            "seed": _whole(0),
            "epochMs": _whole(0),
            "quietMarket": _FLAG,
            "weightLimit": _whole(1),
            "orderLimit": _whole(1),
            "resources": _resources(),
        }
    )


def _observability() -> Schema:
    common = {"enabled": _FLAG, "image": _IMAGE, "resources": _resources()}
    return _closed(
        {
            "bundled": _FLAG,
            "jaeger": _closed({**common, "maxTraces": _whole(100)}),
            "prometheus": _closed({**common, "retention": {"type": "string", "pattern": "^[0-9]+[smhdwy]$"}}),
            "alertmanager": _closed(
                {
                    **common,
                    "existingSecret": _NAME,
                    "email": _closed(
                        {"smarthost": _SMARTHOST, "from": _TEXT, "to": _TEXT, "username": _TEXT}
                    ),
                    "telegram": _closed({"chatId": {"type": "integer"}}),
                    "config": _TEXT,
                }
            ),
            "grafana": _closed({**common, "existingSecret": _secret_key()}),
        }
    )


def _scaling() -> Schema:
    return _closed(
        {
            "enabled": _FLAG,
            "maxReplicas": _whole(1, maximum=most_workers("strategies")),
            "lagThreshold": _whole(1),
            "cooldownSeconds": _whole(0),
        }
    )


def _workload(stage: str) -> Schema:
    most = most_workers(stage)
    replicas = _whole(1, maximum=most)
    topic = input_of(stage)
    reason = f"the partitions of {topic}: a worker more would be given none" if topic else "see values.yaml"
    return _closed({**_settings(), "replicas": {**replicas, "description": f"At most {most}, {reason}."}})


def _settings() -> Schema:
    return {
        "enabled": _FLAG,
        "image": _closed({"repository": _TEXT, "tag": _TEXT}),
        "env": _VARIABLES,
        "logLevel": {"enum": ["DEBUG", "INFO", "WARNING", "ERROR"]},
        "drainSeconds": {"type": "number", "exclusiveMinimum": 0, "maximum": 600},
        "resources": _resources(),
        "persistence": _persistence(),
        "podAnnotations": _TEXTS,
        "podLabels": _TEXTS,
        "nodeSelector": _TEXTS,
        "tolerations": _OBJECTS,
        "affinity": _OBJECT,
        "maxUnavailable": {"type": ["integer", "string"], "pattern": "^[0-9]+%$", "minimum": 0},
    }


def _conditions() -> list[Schema]:
    """What has to be given where a server is not bundled: each names the field that is missing."""
    return [
        _when({"kafka": {"bundled": False}}, {"kafka": {"bootstrap": {"minLength": 1}}}),
        _when(
            {"postgres": {"bundled": False}},
            {"postgres": {"existingSecret": _nested({"name": {"minLength": 1}})}},
        ),
        _secret_of_kafka(),
        _when({"strimzi": {"topics": True}}, {"strimzi": {"cluster": {"minLength": 1}}}),
        _when({"strimzi": {"users": True}}, {"strimzi": {"cluster": {"minLength": 1}}}),
    ]


def _secret_of_kafka() -> Schema:
    """With users of Strimzi a login may need none: each has its own."""
    protocol = {"enum": ["ssl", "sasl_plaintext", "sasl_ssl"]}
    return {
        "if": _nested(
            {
                "kafka": _nested({"security": _nested({"protocol": protocol})}),
                "strimzi": _nested({"users": {"const": False}}),
            }
        ),
        "then": _nested({"kafka": _nested({"security": _nested({"existingSecret": {"minLength": 1}})})}),
    }


def _when(given: dict[str, dict[str, bool]], then: dict[str, Schema]) -> Schema:
    condition = {
        section: _nested({key: {"const": value} for key, value in keys.items()})
        for section, keys in given.items()
    }
    return {
        "if": _nested(condition),
        "then": _nested({section: _nested(keys) for section, keys in then.items()}),
    }


def _nested(properties: Schema) -> Schema:
    return {"properties": properties}


def _server(**own: Schema) -> Schema:
    return _closed({"bundled": _FLAG, "persistence": _persistence(), "resources": _resources(), **own})


def _persistence() -> Schema:
    return _closed({"enabled": _FLAG, "size": _QUANTITY, "storageClass": _NAME})


def _resources() -> Schema:
    amounts = _closed({"cpu": _QUANTITY, "memory": _QUANTITY, "ephemeral-storage": _QUANTITY})
    return _closed({"requests": amounts, "limits": amounts})


def _secret_key() -> Schema:
    return _closed({"name": _NAME, "key": {"type": "string", "minLength": 1}})


def _port() -> Schema:
    return _whole(1, maximum=65_535)


def _whole(minimum: int, *, maximum: int | None = None) -> Schema:
    return {"type": "integer", "minimum": minimum, **({} if maximum is None else {"maximum": maximum})}


def _closed(properties: Schema) -> Schema:
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _describe(schema: Schema, comments: dict[str, str], path: str = "") -> None:
    """Put the text beside each key where the schema speaks of it."""
    for key, child in schema.get("properties", {}).items():
        here = f"{path}.{key}" if path else key
        if here in comments and "$ref" not in child:
            # Parts of the schema are shared between keys; a description is one key's own.
            schema["properties"][key] = child = {**child, "description": comments[here]}
        _describe(child, comments, here)
