{{/* Jaeger, Prometheus, Alertmanager and Grafana as workloads for the one template of _pod.tpl, by component. Takes the root. */}}

{{- define "sextant.observability" -}}
{{- $root := . -}}
{{- $fullname := include "sextant.fullname" . -}}
{{- $checksum := include "sextant.observability.files" . | sha256sum -}}
{{- $scheduling := dict "nodeSelector" .Values.default.nodeSelector "tolerations" .Values.default.tolerations "affinity" .Values.default.affinity -}}
{{- if .Values.observability.bundled }}
{{- with .Values.observability.jaeger }}
{{- if .enabled }}
jaeger:
  kind: Deployment
  replicas: 1
  strategy: Recreate
  imageName: {{ .image }}
  args: [--config, /etc/jaeger/jaeger.yaml]
  ports: {otlp: 4318, otlp-grpc: 4317, query: 16686, query-grpc: 16685, status: 13133}
  startup: {httpGet: {path: /status, port: status}, periodSeconds: 1, failureThreshold: 300}
  readiness: {httpGet: {path: /status, port: status}, periodSeconds: 5}
  liveness: {httpGet: {path: /status, port: status}, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6}
  resources: {{ toJson .resources }}
  grace: 15
  checksum: {{ $checksum }}
  mounts:
    - {name: config, path: /etc/jaeger, configMap: {{ $fullname }}-jaeger}
  {{- toYaml $scheduling | nindent 2 }}
{{- end }}
{{- end }}
{{- with .Values.observability.prometheus }}
{{- if .enabled }}
prometheus:
  kind: Deployment
  replicas: 1
  strategy: Recreate
  imageName: {{ .image }}
  args:
    - --config.file=/etc/prometheus/prometheus.yml
    - --storage.tsdb.path=/prometheus
    - --storage.tsdb.retention.time={{ .retention }}
    - --enable-feature=exemplar-storage
    - --web.listen-address=0.0.0.0:9090
  ports: {http: 9090}
  startup: {httpGet: {path: /-/ready, port: http}, periodSeconds: 1, failureThreshold: 300}
  readiness: {httpGet: {path: /-/ready, port: http}, periodSeconds: 5}
  liveness: {httpGet: {path: /-/healthy, port: http}, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6}
  resources: {{ toJson .resources }}
  grace: 30
  checksum: {{ $checksum }}
  mounts:
    - {name: config, path: /etc/prometheus, configMap: {{ $fullname }}-prometheus}
    - {name: rules, path: /etc/prometheus-rules, configMap: {{ $fullname }}-rules}
  volumePath: /prometheus
  {{- toYaml $scheduling | nindent 2 }}
{{- end }}
{{- end }}
{{- with .Values.observability.alertmanager }}
{{- if .enabled }}
alertmanager:
  kind: Deployment
  replicas: 1
  strategy: Recreate
  imageName: {{ .image }}
  args: [--config.file=/etc/alertmanager-config/alertmanager.yml, --storage.path=/alertmanager, --web.listen-address=0.0.0.0:9093, --cluster.listen-address=]
  ports: {http: 9093}
  startup: {httpGet: {path: /-/ready, port: http}, periodSeconds: 1, failureThreshold: 300}
  readiness: {httpGet: {path: /-/ready, port: http}, periodSeconds: 5}
  liveness: {httpGet: {path: /-/healthy, port: http}, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6}
  resources: {{ toJson .resources }}
  grace: 15
  checksum: {{ $checksum }}
  mounts:
    - {name: config, path: /etc/alertmanager-config, configMap: {{ $fullname }}-alertmanager}
    {{- with .existingSecret }}
    - {name: receivers, path: /etc/alertmanager/secrets, secret: {{ . }}}
    {{- end }}
  volumePath: /alertmanager
  {{- toYaml $scheduling | nindent 2 }}
{{- end }}
{{- end }}
{{- with .Values.observability.grafana }}
{{- if .enabled }}
grafana:
  kind: Deployment
  replicas: 1
  strategy: Recreate
  imageName: {{ .image }}
  env:
    GF_SECURITY_ADMIN_PASSWORD__FILE: /etc/grafana-secrets/admin-password
    GF_PATHS_PROVISIONING: /etc/grafana-provisioning
    GF_PATHS_DATA: /var/lib/grafana
    GF_LOG_MODE: console
    GF_ANALYTICS_REPORTING_ENABLED: "false"
    GF_ANALYTICS_CHECK_FOR_UPDATES: "false"
    GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES: "false"
  ports: {http: 3000}
  startup: {httpGet: {path: /api/health, port: http}, periodSeconds: 1, failureThreshold: 300}
  readiness: {httpGet: {path: /api/health, port: http}, periodSeconds: 5}
  liveness: {httpGet: {path: /api/health, port: http}, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6}
  resources: {{ toJson .resources }}
  grace: 15
  checksum: {{ $checksum }}
  mounts:
    - {name: password, path: /etc/grafana-secrets, secret: {{ default (printf "%s-grafana" $fullname) .existingSecret.name }}, items: [{key: {{ ternary "admin-password" .existingSecret.key (empty .existingSecret.name) }}, path: admin-password}]}
    - {name: datasources, path: /etc/grafana-provisioning/datasources, configMap: {{ $fullname }}-datasources}
    - {name: providers, path: /etc/grafana-provisioning/dashboards, configMap: {{ $fullname }}-providers}
    - {name: dashboards, path: /etc/grafana-dashboards, configMap: {{ $fullname }}-dashboards}
  volumePath: /var/lib/grafana
  {{- toYaml $scheduling | nindent 2 }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* Everything whose change has to restart one of them. */}}
{{- define "sextant.observability.files" -}}
{{- include "sextant.jaeger.config" . }}{{ include "sextant.prometheus.config" . }}{{ include "sextant.alertmanager.config" . }}
{{- range $path, $content := .Files.Glob "files/observability/**" }}{{ $path }}{{ $content | toString }}{{ end -}}
{{- end }}

{{- define "sextant.jaeger.config" -}}
service:
  extensions: [jaeger_storage, jaeger_query, healthcheckv2]
  pipelines:
    traces: {receivers: [otlp], processors: [batch], exporters: [jaeger_storage_exporter]}
  telemetry: {resource: {service.name: jaeger}, metrics: {level: none}, logs: {level: info}}
extensions:
  healthcheckv2: {use_v2: true, http: {endpoint: 0.0.0.0:13133}}
  # Traced by itself it would fill its own store.
  jaeger_query: {enable_tracing: false, storage: {traces: memory}, http: {endpoint: 0.0.0.0:16686}, grpc: {endpoint: 0.0.0.0:16685}}
  jaeger_storage: {backends: {memory: {memory: {max_traces: {{ int .Values.observability.jaeger.maxTraces }}}}}}
receivers:
  otlp: {protocols: {grpc: {endpoint: 0.0.0.0:4317}, http: {endpoint: 0.0.0.0:4318}}}
processors:
  batch: {timeout: 200ms}
exporters:
  jaeger_storage_exporter: {trace_storage: memory}
{{- end }}

{{/* Pods are found by the addresses of headless Services: nothing here may ask the cluster's API. */}}
{{- define "sextant.prometheus.config" -}}
{{- $names := list -}}
{{- range $name, $own := .Values.workloads -}}
{{- $names = append $names (include "sextant.host" (dict "root" $ "component" $name)) -}}
{{- end -}}
global:
  scrape_interval: 5s
  evaluation_interval: 5s
rule_files: [/etc/prometheus-rules/*.yml]
{{- if .Values.observability.alertmanager.enabled }}
alerting:
  alertmanagers:
    - static_configs:
        - targets: ["{{ include "sextant.host" (dict "root" . "component" "alertmanager") }}:9093"]
{{- end }}
scrape_configs:
  - job_name: sextant
    dns_sd_configs:
      - type: A
        port: 8080
        refresh_interval: 10s
        names: {{- toYaml $names | nindent 10 }}
{{- end }}

{{- define "sextant.alertmanager.config" -}}
{{- if .Values.observability.alertmanager.config -}}
{{- .Values.observability.alertmanager.config -}}
{{- else if .Values.observability.alertmanager.existingSecret -}}
{{- include "sextant.alertmanager.addressed" . -}}
{{- else -}}
# Alerts are shown here and sent nowhere: observability.alertmanager.existingSecret names the Secret that receivers need.
route:
  receiver: nobody
  group_by: [alertname, service]
receivers:
  - name: nobody
{{- end -}}
{{- end }}

{{/* The shipped configuration with the addresses of this release. A receiver that has none is left out, and so are the ways to it. Takes the root. */}}
{{- define "sextant.alertmanager.addressed" -}}
{{- $config := .Files.Get "files/observability/alertmanager.yml" | fromYaml -}}
{{- $email := .Values.observability.alertmanager.email -}}
{{- $chat := int64 .Values.observability.alertmanager.telegram.chatId -}}
{{- $parts := list $email.smarthost $email.from $email.to | compact -}}
{{- if and $parts (ne (len $parts) 3) -}}
{{- fail (printf "observability.alertmanager.email: expected smarthost, from and to, or none of them, was smarthost %q, from %q, to %q" $email.smarthost $email.from $email.to) -}}
{{- end -}}
{{- $absent := list -}}
{{- if not $parts -}}
{{- $absent = append $absent "email" -}}
{{- end -}}
{{- if not $chat -}}
{{- $absent = append $absent "telegram" -}}
{{- end -}}
{{- $global := omit $config.global "smtp_smarthost" "smtp_from" "smtp_auth_username" "smtp_auth_password_file" -}}
{{- if $parts -}}
{{- $_ := set $global "smtp_smarthost" $email.smarthost -}}
{{- $_ := set $global "smtp_from" $email.from -}}
{{- with $email.username -}}
{{- $_ := set $global "smtp_auth_username" . -}}
{{- $_ := set $global "smtp_auth_password_file" $config.global.smtp_auth_password_file -}}
{{- end -}}
{{- end -}}
{{- $receivers := list -}}
{{- range $receiver := $config.receivers -}}
{{- range $receiver.email_configs -}}
{{- $_ := set . "to" $email.to -}}
{{- end -}}
{{- range $receiver.telegram_configs -}}
{{- $_ := set . "chat_id" $chat -}}
{{- end -}}
{{- if not (has $receiver.name $absent) -}}
{{- $receivers = append $receivers $receiver -}}
{{- end -}}
{{- end -}}
{{- $routes := list -}}
{{- range $route := $config.route.routes -}}
{{- if not (has $route.receiver $absent) -}}
{{- $routes = append $routes $route -}}
{{- end -}}
{{- end -}}
{{- $_ := set $config.route "routes" $routes -}}
{{- toYaml (merge (dict "global" $global "receivers" $receivers) (omit $config "global" "receivers")) -}}
{{- end }}
