{{/* Jobs that prepare a server: they may run twice, and at the same time.

A server of one's own is there before the release, so the job is a hook before install and upgrade. A bundled server comes with the release: at
the first install its job is an ordinary object (a hook after install would wait for services that wait for it), and from then on a hook.
*/}}

{{/* Takes root, name, isBundled, command (list), env (YAML), mounts (YAML), waitFor (list). */}}
{{- define "sextant.setupJob" -}}
{{- $root := .root -}}
{{- $fullname := printf "%s-%s" (include "sextant.fullname" $root) .name -}}
{{- $scope := dict "root" $root "component" "setup" -}}
{{- $mounts := dict "mounts" (default list (.mounts | fromYamlArray)) -}}
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ $fullname }}
  labels: {{- include "sextant.labels" $scope | nindent 4 }}
  {{- if not (and .isBundled $root.Release.IsInstall) }}
  annotations:
    helm.sh/hook: {{ ternary "pre-upgrade" "pre-install,pre-upgrade" .isBundled }}
    helm.sh/hook-weight: "0"
    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
  {{- end }}
spec:
  backoffLimit: 10
  activeDeadlineSeconds: {{ int $root.Values.setup.deadlineSeconds }}
  template:
    metadata:
      labels: {{- include "sextant.labels" $scope | nindent 8 }}
    spec:
      restartPolicy: OnFailure
      automountServiceAccountToken: false
      enableServiceLinks: false
      {{- with $root.Values.image.pullSecrets }}
      imagePullSecrets:
        {{- range . }}
        - name: {{ . }}
        {{- end }}
      {{- end }}
      securityContext: {{- include "sextant.podSecurityContext" $root | nindent 8 }}
      {{- if .isBundled }}
      initContainers: {{- include "sextant.wait" (dict "root" $root "image" dict "addresses" .waitFor) | nindent 8 }}
      {{- end }}
      containers:
        - name: {{ .name }}
          image: {{ include "sextant.image" (dict "root" $root "own" dict) }}
          imagePullPolicy: {{ $root.Values.image.pullPolicy }}
          command: {{- toYaml .command | nindent 12 }}
          env:
            {{- range $variable, $value := (.env | fromYaml) }}
            - name: {{ $variable }}
              value: {{ $value | toString | quote }}
            {{- end }}
          resources: {{- toYaml $root.Values.setup.resources | nindent 12 }}
          securityContext: {{- include "sextant.securityContext" $root | nindent 12 }}
          volumeMounts: {{- include "sextant.mounts" $mounts | nindent 12 }}
      volumes: {{- include "sextant.volumes" (dict "workload" $mounts) | nindent 8 }}
{{- end }}
