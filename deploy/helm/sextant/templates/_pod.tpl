{{/* One template for every workload: services, simulated venues and bundled servers.

Takes root, name and workload, a map with: kind, replicas (none: somebody else sets it), strategy, image, command, args, env, ports (name: number),
startup, readiness, liveness, resources, grace (s), isOrderPath, mounts (name, path, and secret or configMap), scratch (paths), persistence, volumePath, waitFor (host:port), checksum.
*/}}

{{- define "sextant.securityContext" -}}
allowPrivilegeEscalation: false
capabilities: {drop: [ALL]}
readOnlyRootFilesystem: true
{{- end }}

{{- define "sextant.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: {{ .Values.podSecurity.runAsUser }}
runAsGroup: {{ .Values.podSecurity.fsGroup }}
fsGroup: {{ .Values.podSecurity.fsGroup }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{/* Waits until a server of this release accepts connections: a service would give up after 10 s and be started ever later. */}}
{{- define "sextant.wait" -}}
- name: wait
  image: {{ include "sextant.image" (dict "root" .root "own" .image) }}
  imagePullPolicy: {{ .root.Values.image.pullPolicy }}
  command:
    - python
    - -c
    - |
      import socket, sys, time
      for address in sys.argv[1:]:
          host, port = address.rsplit(":", 1)
          while True:
              try:
                  socket.create_connection((host, int(port)), 2).close()
                  break
              except OSError as error:
                  print(f"{address}: {error}", flush=True)
                  time.sleep(0.5)
    {{- range .addresses }}
    - {{ . | quote }}
    {{- end }}
  securityContext: {{- include "sextant.securityContext" .root | nindent 4 }}
  resources:
    requests: {cpu: 10m, memory: 32Mi}
    limits: {memory: 64Mi}
{{- end }}

{{- define "sextant.workload" -}}
{{- $root := .root -}}
{{- $workload := .workload -}}
{{- $fullname := printf "%s-%s" (include "sextant.fullname" $root) .name -}}
{{- $scope := dict "root" $root "component" .name -}}
{{- $isStateful := eq $workload.kind "StatefulSet" -}}
{{- $volume := default dict $workload.persistence -}}
{{- $isKept := and $isStateful $workload.volumePath $volume.enabled -}}
apiVersion: apps/v1
kind: {{ $workload.kind }}
metadata:
  name: {{ $fullname }}
  labels: {{- include "sextant.labels" $scope | nindent 4 }}
spec:
  {{- if hasKey $workload "replicas" }}
  replicas: {{ $workload.replicas }}
  {{- end }}
  selector:
    matchLabels: {{- include "sextant.selector" $scope | nindent 6 }}
  {{- if $isStateful }}
  serviceName: {{ $fullname }}
  podManagementPolicy: Parallel
  {{- else if eq (default "RollingUpdate" $workload.strategy) "Recreate" }}
  strategy: {type: Recreate}
  {{- else }}
  strategy:
    type: RollingUpdate
    rollingUpdate: {maxSurge: 1, maxUnavailable: 0}
  {{- end }}
  template:
    metadata:
      labels:
        {{- include "sextant.labels" $scope | nindent 8 }}
        {{- with $workload.podLabels }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- if or $workload.checksum $workload.podAnnotations }}
      annotations:
        {{- with $workload.checksum }}
        checksum/config: {{ . }}
        {{- end }}
        {{- with $workload.podAnnotations }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- end }}
    spec:
      serviceAccountName: {{ $fullname }}
      automountServiceAccountToken: false
      # Its variables begin with the Service's name: a service refuses SEXTANT_* variables that it does not know.
      enableServiceLinks: false
      terminationGracePeriodSeconds: {{ $workload.grace }}
      {{- with $root.Values.image.pullSecrets }}
      imagePullSecrets:
        {{- range . }}
        - name: {{ . }}
        {{- end }}
      {{- end }}
      {{- if and $workload.isOrderPath (include "sextant.priorityClass" $root) }}
      priorityClassName: {{ include "sextant.priorityClass" $root }}
      {{- end }}
      securityContext: {{- include "sextant.podSecurityContext" $root | nindent 8 }}
      {{- with $workload.nodeSelector }}
      nodeSelector: {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $workload.tolerations }}
      tolerations: {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $workload.affinity }}
      affinity: {{- toYaml . | nindent 8 }}
      {{- end }}
      topologySpreadConstraints:
        - maxSkew: 1
          topologyKey: kubernetes.io/hostname
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels: {{- include "sextant.selector" $scope | nindent 14 }}
      {{- if $workload.waitFor }}
      initContainers: {{- include "sextant.wait" (dict "root" $root "image" $workload.image "addresses" $workload.waitFor) | nindent 8 }}
      {{- end }}
      containers:
        - name: {{ .name }}
          image: {{ default (include "sextant.image" (dict "root" $root "own" $workload.image)) $workload.imageName }}
          imagePullPolicy: {{ $root.Values.image.pullPolicy }}
          {{- with $workload.command }}
          command: {{- toYaml . | nindent 12 }}
          {{- end }}
          {{- with $workload.args }}
          args: {{- toYaml . | nindent 12 }}
          {{- end }}
          {{- if $workload.env }}
          env:
            {{- if $workload.knowsPod }}
            - name: POD_NAME
              valueFrom:
                fieldRef: {fieldPath: metadata.name}
            {{- end }}
            {{- range $variable, $value := $workload.env }}
            - name: {{ $variable }}
              value: {{ $value | toString | quote }}
            {{- end }}
          {{- end }}
          {{- with $workload.ports }}
          ports:
            {{- range $port, $number := . }}
            - name: {{ $port }}
              containerPort: {{ $number }}
              protocol: TCP
            {{- end }}
          {{- end }}
          {{- with $workload.startup }}
          startupProbe: {{- toYaml . | nindent 12 }}
          {{- end }}
          {{- with $workload.readiness }}
          readinessProbe: {{- toYaml . | nindent 12 }}
          {{- end }}
          {{- with $workload.liveness }}
          livenessProbe: {{- toYaml . | nindent 12 }}
          {{- end }}
          resources: {{- toYaml $workload.resources | nindent 12 }}
          securityContext: {{- include "sextant.securityContext" $root | nindent 12 }}
          volumeMounts: {{- include "sextant.mounts" $workload | nindent 12 }}
      volumes: {{- include "sextant.volumes" (dict "workload" $workload "isKept" $isKept) | nindent 8 }}
  {{- if $isKept }}
  volumeClaimTemplates:
    - metadata:
        name: data
        labels: {{- include "sextant.selector" $scope | nindent 10 }}
      spec:
        accessModes: [ReadWriteOnce]
        {{- with $volume.storageClass }}
        storageClassName: {{ . }}
        {{- end }}
        resources:
          requests:
            storage: {{ $volume.size }}
  {{- end }}
{{- end }}

{{- define "sextant.mounts" -}}
- name: tmp
  mountPath: /tmp
{{- range .mounts }}
- name: {{ .name }}
  mountPath: {{ .path }}
  readOnly: true
{{- end }}
{{- if .volumePath }}
- name: data
  mountPath: {{ .volumePath }}
{{- end }}
{{- end }}

{{- define "sextant.volumes" -}}
- name: tmp
  emptyDir: {}
{{- range .workload.mounts }}
- name: {{ .name }}
  {{- if .configMap }}
  configMap:
    name: {{ .configMap }}
    {{- with .items }}
    items: {{- toYaml . | nindent 6 }}
    {{- end }}
  {{- else }}
  secret:
    secretName: {{ .secret }}
    defaultMode: 0440
    {{- with .items }}
    items: {{- toYaml . | nindent 6 }}
    {{- end }}
  {{- end }}
{{- end }}
{{- if and .workload.volumePath (not .isKept) }}
- name: data
  emptyDir: {}
{{- end }}
{{- end }}
