{{/* Parts of NetworkPolicies. */}}

{{/* Pods of this release by component, as a list of one peer. Takes root and components. */}}
{{- define "sextant.peers" -}}
- podSelector:
    matchLabels: {{- include "sextant.selector" (dict "root" .root) | nindent 6 }}
    matchExpressions:
      - {key: app.kubernetes.io/component, operator: In, values: [{{ join ", " .components }}]}
{{- end }}

{{- define "sextant.egress.dns" -}}
- ports: [{port: 53, protocol: UDP}, {port: 53, protocol: TCP}]
{{- end }}

{{- define "sextant.egress.kafka" -}}
{{- if .Values.kafka.bundled -}}
- ports: [{port: 9092, protocol: TCP}]
  to: {{- include "sextant.peers" (dict "root" . "components" (list "kafka")) | nindent 4 }}
{{- else -}}
{{- $ports := list -}}
{{- range $address := splitList "," .Values.kafka.bootstrap -}}
{{- $ports = append $ports (splitList ":" $address | last | int) -}}
{{- end -}}
- ports:
    {{- range uniq $ports }}
    - {port: {{ . }}, protocol: TCP}
    {{- end }}
  {{- with .Values.networkPolicy.kafkaTo }}
  to: {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}
{{- end }}

{{- define "sextant.egress.postgres" -}}
{{- if .Values.postgres.bundled -}}
- ports: [{port: 5432, protocol: TCP}]
  to: {{- include "sextant.peers" (dict "root" . "components" (list "postgres")) | nindent 4 }}
{{- else -}}
- ports: [{port: {{ .Values.postgres.port }}, protocol: TCP}]
  {{- with .Values.networkPolicy.postgresTo }}
  to: {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}
{{- end }}

{{/* A server of this release: reached by its clients at its port, reaching nobody. Takes root, component, port, clients and others (peers). */}}
{{- define "sextant.serverPolicy" -}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ include "sextant.fullname" .root }}-{{ .component }}
  labels: {{- include "sextant.labels" . | nindent 4 }}
spec:
  podSelector:
    matchLabels: {{- include "sextant.selector" . | nindent 6 }}
  policyTypes: [Ingress, Egress]
  ingress:
    - ports: [{port: {{ .port }}, protocol: TCP}]
      from:
        {{- include "sextant.peers" (dict "root" .root "components" .clients) | nindent 8 }}
        {{- with .others }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
  egress: []
{{- end }}

{{/* Who may reach the bundled Kafka beside this release: KEDA asks it for lag from the namespace that its own chart is installed in. Takes the root. */}}
{{- define "sextant.kafka.others" -}}
{{- if .Values.networkPolicy.kafkaFrom -}}
{{- toYaml .Values.networkPolicy.kafkaFrom -}}
{{- else if .Values.keda.strategies.enabled -}}
- namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: keda}}
{{- end -}}
{{- end }}

{{/* Who looks on: spans come in, metrics are fetched, alerts are handed on; people come by port-forward. Takes the root. */}}
{{- define "sextant.observabilityPolicies" -}}
{{- $stages := keys .Values.workloads | sortAlpha -}}
{{- $alertsTo := dict "443" nil "587" nil -}}
{{- with .Values.observability.alertmanager.email.smarthost -}}
{{- $alertsTo = dict "443" nil (splitList ":" . | last) nil -}}
{{- end -}}
{{- $looking := dict
  "jaeger" (dict "from" (dict "otlp" $stages "query" (list "grafana" "console")) "to" dict)
  "prometheus" (dict "from" (dict "http" (list "grafana")) "to" (dict "8080" $stages "9093" (list "alertmanager")))
  "alertmanager" (dict "from" (dict "http" (list "prometheus" "grafana")) "to" $alertsTo)
  "grafana" (dict "from" dict "to" (dict "9090" (list "prometheus") "16686" (list "jaeger"))) -}}
{{- range $component, $ways := $looking }}
{{- if (index $.Values.observability $component).enabled }}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ include "sextant.fullname" $ }}-{{ $component }}
  labels: {{- include "sextant.labels" (dict "root" $ "component" $component) | nindent 4 }}
spec:
  podSelector:
    matchLabels: {{- include "sextant.selector" (dict "root" $ "component" $component) | nindent 6 }}
  policyTypes: [Ingress, Egress]
  {{- if $ways.from }}
  ingress:
    {{- range $port, $clients := $ways.from }}
    - ports: [{port: {{ $port }}, protocol: TCP}]
      from: {{- include "sextant.peers" (dict "root" $ "components" $clients) | nindent 8 }}
    {{- end }}
  {{- else }}
  ingress: []
  {{- end }}
  {{- if $ways.to }}
  egress:
    {{- include "sextant.egress.dns" $ | nindent 4 }}
    {{- range $port, $servers := $ways.to }}
    - ports: [{port: {{ $port }}, protocol: TCP}]
      {{- with $servers }}
      to: {{- include "sextant.peers" (dict "root" $ "components" .) | nindent 8 }}
      {{- end }}
    {{- end }}
  {{- else }}
  egress: []
  {{- end }}
{{- end }}
{{- end }}
{{- end }}
