{{/* The stages as workloads for the one template of _pod.tpl. What a stage may see is stated here and is no value. */}}

{{/* Secrets that a stage may see: venue keys are execution's alone, the database belongs to execution and ledger. */}}
{{- define "sextant.grants" -}}
execution: [postgres, operator, venue-keys]
ledger: [postgres, operator]
breaker: [operator]
risk: [operator]
console: [operator]
{{- end }}

{{/* Settings that `default` and a workload share, merged. Takes root and name. */}}
{{- define "sextant.settings" -}}
{{- toYaml (mergeOverwrite (deepCopy .root.Values.default) (deepCopy (index .root.Values.workloads .name))) -}}
{{- end }}

{{/* Who a client of Kafka logs in as: with Strimzi's users each client is one, and its Secret has the same name. Takes root and client, its component. */}}
{{- define "sextant.kafka.user" -}}
{{- if .root.Values.strimzi.users -}}
{{- printf "%s-%s" (include "sextant.fullname" .root) .client -}}
{{- else -}}
{{- .root.Values.kafka.security.username -}}
{{- end -}}
{{- end }}

{{/* Variables of every client of Kafka, commands included. Takes root and client, its component. */}}
{{- define "sextant.kafka.env" -}}
{{- $isOwn := .root.Values.strimzi.users -}}
SEXTANT_KAFKA: {{ include "sextant.kafka.bootstrap" .root | quote }}
{{- with .root.Values.kafka.security }}
{{- if and (not $.root.Values.kafka.bundled) (ne .protocol "plaintext") }}
SEXTANT_KAFKA_SECURITY: {{ .protocol }}
{{- if hasSuffix "ssl" .protocol }}
{{- if .privateCa }}
SEXTANT_KAFKA_CA_FILE: /etc/sextant/kafka/ca.crt
{{- end }}
{{- if .mutualTls }}
SEXTANT_KAFKA_CERT_FILE: {{ ternary "/etc/sextant/kafka-user/user.crt" "/etc/sextant/kafka/tls.crt" $isOwn }}
SEXTANT_KAFKA_KEY_FILE: {{ ternary "/etc/sextant/kafka-user/user.key" "/etc/sextant/kafka/tls.key" $isOwn }}
{{- end }}
{{- end }}
{{- if hasPrefix "sasl" .protocol }}
SEXTANT_KAFKA_MECHANISM: {{ .mechanism }}
SEXTANT_KAFKA_USERNAME: {{ include "sextant.kafka.user" $ | quote }}
SEXTANT_KAFKA_PASSWORD_FILE: {{ ternary "/etc/sextant/kafka-user/password" "/etc/sextant/kafka/password" $isOwn }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* Secrets of a client of Kafka. Takes root and client, its component. */}}
{{- define "sextant.kafka.mounts" -}}
{{- with .root.Values.kafka.security -}}
{{- if and (not $.root.Values.kafka.bundled) (ne .protocol "plaintext") -}}
{{- if not $.root.Values.strimzi.users -}}
- {name: kafka, path: /etc/sextant/kafka, secret: {{ .existingSecret }}}
{{- else -}}
- name: kafka-user
  path: /etc/sextant/kafka-user
  secret: {{ include "sextant.kafka.user" $ }}
  items: {{ ternary (list "user.crt" "user.key") (list "password") .mutualTls | include "sextant.items" }}
{{- if and (hasSuffix "ssl" .protocol) .privateCa }}
- {name: kafka, path: /etc/sextant/kafka, secret: {{ .existingSecret }}, items: {{ list "ca.crt" | include "sextant.items" }}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/* Keys of a Secret that are mounted, each as the file of its name. Takes the keys. */}}
{{- define "sextant.items" -}}
[{{ range $number, $key := . }}{{ if $number }}, {{ end }}{key: {{ $key }}, path: {{ $key }}}{{ end }}]
{{- end }}

{{- define "sextant.postgres.mount" -}}
{{- $key := ternary "dsn" .Values.postgres.existingSecret.key (empty .Values.postgres.existingSecret.name) -}}
- {name: postgres, path: /etc/sextant/postgres, secret: {{ include "sextant.postgres.secret" . }}, items: [{key: {{ $key }}, path: dsn}]}
{{- end }}

{{- define "sextant.operator.mount" -}}
{{- $key := ternary "token" .Values.operator.existingSecret.key (empty .Values.operator.existingSecret.name) -}}
- {name: operator, path: /etc/sextant/operator, secret: {{ include "sextant.operator.secret" . }}, items: [{key: {{ $key }}, path: token}]}
{{- end }}

{{/* One stage. Takes root and name. */}}
{{- define "sextant.service" -}}
{{- $root := .root -}}
{{- $name := .name -}}
{{- $settings := include "sextant.settings" . | fromYaml -}}
{{- $client := dict "root" .root "client" .name -}}
{{- $grants := default list (index (include "sextant.grants" $root | fromYaml) $name) -}}
{{- $isKept := has $name (list "execution" "archive") -}}
{{- $isScaled := and (eq $name "strategies") $root.Values.keda.strategies.enabled -}}
kind: {{ ternary "StatefulSet" "Deployment" $isKept }}
{{- if not $isScaled }}
replicas: {{ $settings.replicas }}
{{- end }}
{{- /* Two ingests at a time would journal every frame twice. */}}
strategy: {{ ternary "Recreate" "RollingUpdate" (eq $name "ingest") }}
isOrderPath: {{ has $name (list "breaker" "risk" "execution" "ledger") }}
image: {{ toJson $settings.image }}
knowsPod: true
{{- /* The last part of the pod's name is what an instance is called in lineage and traces: at most 16 characters. */}}
command: [sh, -ec, 'export SEXTANT_INSTANCE="${POD_NAME##*-}"; exec "$@"', sextant, python, -m, services.{{ $name }}]
{{- if eq $name "console" }}
{{- /* SEXTANT_OPERATOR is for commands in its pod; without this it would take itself for the dashboard of another console. */}}
args: [--api=, --view=none]
{{- end }}
env:
  SEXTANT_CONFIG: /etc/sextant/config/sextant.yaml
  SEXTANT_REGION: {{ $root.Values.region }}
  SEXTANT_HEALTH_HOST: 0.0.0.0
  SEXTANT_HEALTH_PORT: "8080"
  SEXTANT_LOG_LEVEL: {{ $settings.logLevel }}
  SEXTANT_DRAIN_S: {{ $settings.drainSeconds | quote }}
  {{- include "sextant.kafka.env" $client | nindent 2 }}
  {{- with include "sextant.tracing.endpoint" $root }}
  SEXTANT_OTLP_ENDPOINT: {{ . | quote }}
  {{- end }}
  {{- if has "postgres" $grants }}
  SEXTANT_POSTGRES_FILE: /etc/sextant/postgres/dsn
  {{- end }}
  {{- if has "operator" $grants }}
  SEXTANT_OPERATOR_TOKEN_FILE: /etc/sextant/operator/token
  {{- end }}
  {{- if eq $name "execution" }}
  SEXTANT_STATE_FOLDER: /var/lib/sextant/state
  SEXTANT_OPERATOR_HOST: 0.0.0.0
  SEXTANT_OPERATOR_PORT: {{ $root.Values.operator.doorPort | quote }}
  {{- with $root.Values.liveSwitch }}
  SEXTANT_LIVE_SWITCH: {{ . }}
  {{- end }}
  {{- end }}
  {{- if eq $name "archive" }}
  SEXTANT_ARCHIVE_FOLDER: /var/lib/sextant/archive
  {{- end }}
  {{- if eq $name "console" }}
  SEXTANT_OPERATOR_HOST: 0.0.0.0
  SEXTANT_OPERATOR_PORT: {{ $root.Values.operator.port | quote }}
  SEXTANT_DOOR: {{ include "sextant.doors" $root | quote }}
  {{- /* Commands that are run in this pod speak to it by the loopback; with TLS by the Service, which the certificate names. */}}
  SEXTANT_OPERATOR: {{ printf "%s:%d" (ternary (include "sextant.host" (dict "root" $root "component" "operator")) "127.0.0.1" (not (empty $root.Values.operator.tlsSecret))) (int $root.Values.operator.port) | quote }}
  {{- with include "sextant.jaeger.url" $root }}
  SEXTANT_JAEGER_URL: {{ . | quote }}
  {{- end }}
  {{- if $root.Values.operator.tlsSecret }}
  SEXTANT_OPERATOR_CERT_FILE: /etc/sextant/operator-tls/tls.crt
  SEXTANT_OPERATOR_KEY_FILE: /etc/sextant/operator-tls/tls.key
  SEXTANT_OPERATOR_CA_FILE: /etc/sextant/operator-tls/ca.crt
  {{- end }}
  {{- end }}
  {{- with $settings.env }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
ports:
  health: 8080
  {{- if eq $name "execution" }}
  door: {{ $root.Values.operator.doorPort }}
  {{- end }}
  {{- if eq $name "console" }}
  operator: {{ $root.Values.operator.port }}
  {{- end }}
{{- /* Connecting may take until topics are made. Execution's door must be open without a broker, so its start is no matter of the log. */}}
startup:
  httpGet: {path: {{ ternary "/health/live" "/health/kafka" (eq $name "execution") }}, port: health}
  periodSeconds: 1
  timeoutSeconds: 3
  failureThreshold: 300
readiness:
  httpGet: {path: /health/ready, port: health}
  periodSeconds: 2
  timeoutSeconds: 3
  failureThreshold: 2
liveness:
  httpGet: {path: /health/live, port: health}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 3
resources: {{ toJson $settings.resources }}
grace: {{ add (ceil $settings.drainSeconds | int) 7 }}
mounts:
  - {name: config, path: /etc/sextant/config, configMap: {{ include "sextant.config.name" $root }}}
  {{- with include "sextant.kafka.mounts" $client }}
  {{- . | nindent 2 }}
  {{- end }}
  {{- if has "postgres" $grants }}
  {{- include "sextant.postgres.mount" $root | nindent 2 }}
  {{- end }}
  {{- if has "operator" $grants }}
  {{- include "sextant.operator.mount" $root | nindent 2 }}
  {{- end }}
  {{- if and (has "venue-keys" $grants) (include "sextant.hasVenueKeys" $root) }}
  - {name: venue-keys, path: /etc/sextant/venue-keys, secret: {{ include "sextant.venueKeys.secret" $root }}}
  {{- end }}
  {{- if and (eq $name "console") $root.Values.operator.tlsSecret }}
  - {name: operator-tls, path: /etc/sextant/operator-tls, secret: {{ $root.Values.operator.tlsSecret }}}
  {{- end }}
{{- if $isKept }}
volumePath: /var/lib/sextant
persistence: {{ toJson $settings.persistence }}
{{- end }}
{{- if $root.Values.kafka.bundled }}
waitFor: [{{ include "sextant.kafka.bootstrap" $root | quote }}]
{{- end }}
checksum: {{ include "sextant.platform" $root | sha256sum }}
{{- with $settings.podAnnotations }}
podAnnotations: {{ toJson . }}
{{- end }}
{{- with $settings.podLabels }}
podLabels: {{ toJson . }}
{{- end }}
{{- with $settings.nodeSelector }}
nodeSelector: {{ toJson . }}
{{- end }}
{{- with $settings.tolerations }}
tolerations: {{ toJson . }}
{{- end }}
{{- with $settings.affinity }}
affinity: {{ toJson . }}
{{- end }}
{{- end }}

{{/* Says "yes" where execution needs keys: paper orders have none. Takes the root. */}}
{{- define "sextant.hasVenueKeys" -}}
{{- $mode := default "sim" (include "sextant.platform" . | fromYaml).mode -}}
{{- if or .Values.venueKeys.existingSecret (and .Values.simulator.enabled (ne $mode "paper")) -}}yes{{- end -}}
{{- end }}

{{/* Addresses of execution's emergency doors: each instance owns other portfolios, so whoever says FLAT ALL says it to all. Takes the root. */}}
{{- define "sextant.doors" -}}
{{- $doors := list -}}
{{- $service := include "sextant.host" (dict "root" . "component" "execution") -}}
{{- range $number := until (int .Values.workloads.execution.replicas) -}}
{{- $doors = append $doors (printf "%s-execution-%d.%s:%d" (include "sextant.fullname" $) $number $service (int $.Values.operator.doorPort)) -}}
{{- end -}}
{{- join "," $doors -}}
{{- end }}
