{{/* A KafkaUser of this release's namespace: Strimzi puts its Secret beside it, and a pod can mount Secrets of its own namespace only.

Takes root, client, acls (type, name, operation) and isHook: whether it is there for the jobs before install and upgrade only.
*/}}
{{- define "sextant.kafkaUser" -}}
apiVersion: kafka.strimzi.io/v1beta2
kind: KafkaUser
metadata:
  name: {{ include "sextant.kafka.user" . }}
  labels:
    {{- include "sextant.labels" (dict "root" .root "component" .client) | nindent 4 }}
    strimzi.io/cluster: {{ .root.Values.strimzi.cluster }}
  {{- if .isHook }}
  annotations:
    helm.sh/hook: pre-install,pre-upgrade
    helm.sh/hook-weight: "-1"
    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
  {{- end }}
spec:
  authentication:
    type: {{ ternary "tls" "scram-sha-512" .root.Values.kafka.security.mutualTls }}
  authorization:
    type: simple
    acls:
      # Clients ask which topics there are, and wait until all of theirs are.
      - resource: {type: topic, name: "*", patternType: literal}
        operations: [Describe]
      {{- range .acls }}
      - resource: {type: {{ .type }}, name: {{ .name | quote }}, patternType: literal}
        operations: [{{ .operation }}]
      {{- end }}
{{- end }}
