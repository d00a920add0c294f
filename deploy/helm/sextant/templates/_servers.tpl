{{/* Bundled servers and simulated venues as workloads for the one template of _pod.tpl, by component. Takes the root. */}}

{{- define "sextant.servers" -}}
{{- $root := . -}}
{{- $scheduling := dict "nodeSelector" .Values.default.nodeSelector "tolerations" .Values.default.tolerations "affinity" .Values.default.affinity -}}
{{- if .Values.kafka.bundled }}
kafka:
  {{- with .Values.kafka }}
  kind: StatefulSet
  replicas: 1
  isOrderPath: true
  command: [sextant, stack, serve, kafka]
  args: [--host, 0.0.0.0, --port, "9092", --advertise, {{ printf "%s:9092" (include "sextant.host" (dict "root" $root "component" "kafka")) | quote }}, --data, /data/kafka, --heap-mb, {{ int .heapMb | quote }}, --disk-cap-mb, {{ int .diskCapMb | quote }}]
  ports: {kafka: 9092}
  startup: {tcpSocket: {port: kafka}, periodSeconds: 1, failureThreshold: 300}
  readiness: {tcpSocket: {port: kafka}, periodSeconds: 5, failureThreshold: 2}
  liveness: {tcpSocket: {port: kafka}, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6}
  resources: {{ toJson .resources }}
  grace: 60
  volumePath: /data
  persistence: {{ toJson .persistence }}
  {{- end }}
  {{- toYaml $scheduling | nindent 2 }}
{{- end }}
{{- if .Values.postgres.bundled }}
postgres:
  {{- with .Values.postgres }}
  kind: StatefulSet
  replicas: 1
  isOrderPath: true
  command: [sextant, stack, serve, postgres]
  args: [--host, 0.0.0.0, --port, "5432", --data, /data/postgres, --password-file, /etc/sextant/postgres/password, --disk-cap-mb, {{ int .diskCapMb | quote }}]
  ports: {postgres: 5432}
  startup: {tcpSocket: {port: postgres}, periodSeconds: 1, failureThreshold: 300}
  readiness: {tcpSocket: {port: postgres}, periodSeconds: 5, failureThreshold: 2}
  liveness: {tcpSocket: {port: postgres}, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6}
  resources: {{ toJson .resources }}
  grace: 60
  mounts:
    - {name: password, path: /etc/sextant/postgres, secret: {{ include "sextant.fullname" $root }}-postgres, items: [{key: password, path: password}]}
  volumePath: /data
  persistence: {{ toJson .persistence }}
  {{- end }}
  {{- toYaml $scheduling | nindent 2 }}
{{- end }}
{{- if .Values.valkey.bundled }}
valkey:
  {{- with .Values.valkey }}
  kind: StatefulSet
  replicas: 1
  command: [sextant, stack, serve, valkey]
  args: [--host, 0.0.0.0, --port, "6379", --data, /data/valkey, --password-file, /etc/sextant/valkey/password]
  ports: {valkey: 6379}
  startup: {tcpSocket: {port: valkey}, periodSeconds: 1, failureThreshold: 300}
  readiness: {tcpSocket: {port: valkey}, periodSeconds: 5, failureThreshold: 2}
  liveness: {tcpSocket: {port: valkey}, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6}
  resources: {{ toJson .resources }}
  grace: 15
  mounts:
    - {name: password, path: /etc/sextant/valkey, secret: {{ include "sextant.fullname" $root }}-valkey, items: [{key: password, path: password}]}
  volumePath: /data
  persistence: {{ toJson .persistence }}
  {{- end }}
  {{- toYaml $scheduling | nindent 2 }}
{{- end }}
{{- if .Values.simulator.enabled }}
{{- $platform := include "sextant.platform" . | fromYaml }}
{{- range $venue, $terms := $platform.venues }}
{{ include "sextant.venueComponent" $venue }}:
  {{- with $root.Values.simulator }}
  kind: Deployment
  replicas: 1
  {{- /* Balances and books live in the process: two at once would be two venues of one name. */}}
  strategy: Recreate
  command: [python, -m, simulator]
  args:
    - --operator={{ $terms.operator }}
    - --host=0.0.0.0
    - --port=8080
    - --seed={{ int .seed }}
    - --epoch-ms={{ int64 .epochMs }}
    - --quote={{ default "USDT" $terms.quote }}
    - --assets={{ join "," $platform.assets }}
    - --api-key-file=/etc/sextant/venue/keys.json
    - --accounts-file=/etc/sextant/accounts/{{ $venue }}.json
    - --weight-limit={{ int .weightLimit }}
    - --order-limit={{ int .orderLimit }}
    {{- if .quietMarket }}
    - --quiet-market
    {{- end }}
  ports: {venue: 8080}
  startup: {httpGet: {path: /api/v3/ping, port: venue}, periodSeconds: 1, timeoutSeconds: 3, failureThreshold: 300}
  readiness: {httpGet: {path: /api/v3/ping, port: venue}, periodSeconds: 5, timeoutSeconds: 3, failureThreshold: 2}
  liveness: {httpGet: {path: /api/v3/ping, port: venue}, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6}
  resources: {{ toJson .resources }}
  grace: 10
  mounts:
    - {name: keys, path: /etc/sextant/venue, secret: {{ include "sextant.fullname" $root }}-{{ include "sextant.venueComponent" $venue }}, items: [{key: keys.json, path: keys.json}]}
    - {name: accounts, path: /etc/sextant/accounts, configMap: {{ include "sextant.fullname" $root }}-accounts}
  {{- /* Accounts are read at the start. They name who has a key too: keys are made up for new accounts only, and their text differs in each render. */}}
  checksum: {{ include "sextant.accounts" (dict "platform" $platform "venue" $venue) | sha256sum }}
  {{- end }}
  {{- toYaml $scheduling | nindent 2 }}
{{- end }}
{{- end }}
{{- end }}

{{/* Opening balances and fees of a simulated venue's accounts, as the simulator reads them. Takes platform and venue. */}}
{{- define "sextant.accounts" -}}
{{- $accounts := dict -}}
{{- range $name, $account := .platform.venue_accounts -}}
{{- if eq $account.venue $.venue -}}
{{- $balances := dict -}}
{{- range $asset, $amount := $account.opening -}}
{{- $_ := set $balances $asset ($amount | toString) -}}
{{- end -}}
{{- $maker := printf "%.10f" (divf (default 10.0 $account.maker_fee_bp) 10000) -}}
{{- $taker := printf "%.10f" (divf (default 10.0 $account.taker_fee_bp) 10000) -}}
{{- $_ := set $accounts $name (dict "balances" $balances "maker_fee" $maker "taker_fee" $taker) -}}
{{- end -}}
{{- end -}}
{{- toPrettyJson $accounts -}}
{{- end }}
