{{/* Names, labels and images: what every object shares. */}}

{{- define "sextant.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" -}}
{{- end }}

{{/* Prefix of every object's name: the release, with the chart's name where the release does not say it. */}}
{{- define "sextant.fullname" -}}
{{- $name := include "sextant.name" . -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end }}

{{/* Labels that select pods; they never change in an upgrade. Takes root and component. */}}
{{- define "sextant.selector" -}}
app.kubernetes.io/name: {{ include "sextant.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- if .component }}
app.kubernetes.io/component: {{ .component }}
{{- end }}
{{- end }}

{{/* Labels of an object. Takes root and component. */}}
{{- define "sextant.labels" -}}
{{ include "sextant.selector" . }}
app.kubernetes.io/part-of: sextant
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end }}

{{/* Image of a workload. Takes root and own, the workload's image. */}}
{{- define "sextant.image" -}}
{{- $own := default dict .own -}}
{{- $repository := default .root.Values.image.repository $own.repository -}}
{{- $tag := default (default .root.Chart.AppVersion .root.Values.image.tag) $own.tag -}}
{{- printf "%s:%s" $repository $tag -}}
{{- end }}

{{/* Name by which a Service of this release is reached from any namespace. Takes root and component. */}}
{{- define "sextant.host" -}}
{{- printf "%s-%s.%s.svc" (include "sextant.fullname" .root) .component .root.Release.Namespace -}}
{{- end }}

{{/* Name of a venue in object names, which know no underscore. */}}
{{- define "sextant.venueComponent" -}}
{{- printf "venue-%s" (. | replace "_" "-") -}}
{{- end }}

{{- define "sextant.kafka.bootstrap" -}}
{{- if .Values.kafka.bundled -}}
{{- printf "%s:9092" (include "sextant.host" (dict "root" . "component" "kafka")) -}}
{{- else -}}
{{- .Values.kafka.bootstrap -}}
{{- end -}}
{{- end }}

{{- define "sextant.tracing.endpoint" -}}
{{- if .Values.tracing.endpoint -}}
{{- .Values.tracing.endpoint -}}
{{- else if and .Values.observability.bundled .Values.observability.jaeger.enabled -}}
{{- printf "http://%s:4318" (include "sextant.host" (dict "root" . "component" "jaeger")) -}}
{{- end -}}
{{- end }}

{{/* Where people see Jaeger: as said, or where a port-forward of the bundled one leads. */}}
{{- define "sextant.jaeger.url" -}}
{{- if .Values.tracing.jaegerUrl -}}
{{- .Values.tracing.jaegerUrl -}}
{{- else if and .Values.observability.bundled .Values.observability.jaeger.enabled -}}
http://127.0.0.1:16686
{{- end -}}
{{- end }}

{{- define "sextant.config.name" -}}
{{- printf "%s-config" (include "sextant.fullname" .) -}}
{{- end }}

{{- define "sextant.postgres.secret" -}}
{{- default (printf "%s-postgres" (include "sextant.fullname" .)) .Values.postgres.existingSecret.name -}}
{{- end }}

{{- define "sextant.operator.secret" -}}
{{- default (printf "%s-operator" (include "sextant.fullname" .)) .Values.operator.existingSecret.name -}}
{{- end }}

{{- define "sextant.venueKeys.secret" -}}
{{- default (printf "%s-venue-keys" (include "sextant.fullname" .)) .Values.venueKeys.existingSecret -}}
{{- end }}

{{/* Class of whoever stands on the order path; empty where there is none. A class is of the whole cluster, hence the namespace in its name. */}}
{{- define "sextant.priorityClass" -}}
{{- if .Values.priorityClass.name -}}
{{- .Values.priorityClass.name -}}
{{- else if .Values.priorityClass.create -}}
{{- printf "%s-%s-order-path" .Release.Namespace (include "sextant.fullname" .) -}}
{{- end -}}
{{- end }}
