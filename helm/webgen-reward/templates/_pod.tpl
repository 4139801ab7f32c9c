{{/* One kind of pod for all processes: not root, a root file system that cannot be written, no token, no capability. */}}

{{- define "webgen.security.pod" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{- define "webgen.security.container" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities: {drop: [ALL]}
{{- end -}}

{{/* Of a container in which candidates' programs run in a sandbox. */}}
{{- define "webgen.security.sandbox" -}}
{{ include "webgen.security.container" . }}
{{- with .Values.sandbox }}
procMount: {{ .procMount }}
{{- if .appArmorProfile }}
appArmorProfile: {type: {{ .appArmorProfile }}}
{{- end }}
{{- if eq .seccomp.type "Localhost" }}
seccompProfile: {type: Localhost, localhostProfile: {{ .seccomp.localhostProfile | quote }}}
{{- else }}
seccompProfile: {type: {{ .seccomp.type }}}
{{- end }}
{{- end }}
{{- end -}}

{{/* What every pod says of itself. Arguments: root. */}}
{{- define "webgen.pod.common" -}}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .root.Values.serviceAccountName }}
serviceAccountName: {{ . }}
{{- end }}
{{- with .root.Values.images.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- end -}}

{{/* Where it runs. Arguments: values. */}}
{{- define "webgen.pod.placing" -}}
{{- with .values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.topologySpreadConstraints }}
topologySpreadConstraints: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end -}}

{{/* The pod template of a process. Arguments: root, name, values. */}}
{{- define "webgen.pod" -}}
{{- $row := include "webgen.component" . | fromYaml -}}
metadata:
  labels:
    {{- include "webgen.labels.pod" . | nindent 4 }}
    {{- with .values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with .values.podAnnotations }}
  annotations: {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  {{- include "webgen.pod.common" . | nindent 2 }}
  {{- include "webgen.pod.placing" . | nindent 2 }}
  {{- if $row.sandbox }}
  hostUsers: {{ .root.Values.sandbox.hostUsers }}
  {{- with .root.Values.sandbox.runtimeClassName }}
  runtimeClassName: {{ . }}
  {{- end }}
  {{- end }}
  terminationGracePeriodSeconds: {{ include "webgen.grace" . }}
  securityContext: {{- include "webgen.security.pod" . | nindent 4 }}
  {{- if $row.sandbox }}
  initContainers:
    # Ends with what mends it where the sandbox does not hold what it promises: the worker then does not begin.
    - name: sandbox-check
      {{- include "webgen.container.image" . | nindent 6 }}
      command: [/usr/bin/tini, --, python, -P, -m, services.sandbox.ready]
      securityContext: {{- include "webgen.security.sandbox" .root | nindent 8 }}
      resources: {{- toYaml .values.resources | nindent 8 }}
      volumeMounts:
        - {name: tmp, mountPath: /tmp}
  {{- end }}
  containers:
    - name: {{ .name }}
      {{- include "webgen.container.image" . | nindent 6 }}
      {{- with $row.command }}
      args: {{ toJson . }}
      {{- end }}
      env: {{- include "webgen.env" . | nindent 8 }}
      {{- with $row.port }}
      ports:
        - {name: {{ ternary "http" "metrics" (eq $.name "gateway") }}, containerPort: {{ . }}}
      {{- end }}
      {{- include "webgen.probes" . | nindent 6 }}
      securityContext: {{- include (ternary "webgen.security.sandbox" "webgen.security.container" (default false $row.sandbox)) .root | nindent 8 }}
      resources: {{- toYaml .values.resources | nindent 8 }}
      volumeMounts: {{- include "webgen.mounts" . | nindent 8 }}
  volumes: {{- include "webgen.volumes" . | nindent 4 }}
{{- end -}}

{{/* Arguments: root, name, values. */}}
{{- define "webgen.container.image" -}}
image: {{ include "webgen.image" (dict "root" .root "name" .name "image" .values.image) | quote }}
imagePullPolicy: {{ .root.Values.images.pullPolicy }}
{{- end -}}

{{/* The gateway is asked; all others touch a file while they go round. A first start fetches for minutes. */}}
{{- define "webgen.probes" -}}
{{- if eq .name "gateway" -}}
startupProbe: {httpGet: {path: /healthz, port: http}, periodSeconds: 2, failureThreshold: 60}
readinessProbe: {httpGet: {path: /readyz, port: http}, periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 2}
livenessProbe: {httpGet: {path: /healthz, port: http}, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6}
{{- else -}}
{{- $beat := `exec: {command: [/bin/sh, -c, "test -n \"$(find /run/webgen/alive -newermt '30 seconds ago')\""]}` -}}
startupProbe:
  {{ $beat }}
  periodSeconds: 5
  timeoutSeconds: 5
  failureThreshold: 180
readinessProbe:
  {{ $beat }}
  periodSeconds: 10
  timeoutSeconds: 5
livenessProbe:
  {{ $beat }}
  periodSeconds: 20
  timeoutSeconds: 10
  failureThreshold: 6
{{- end -}}
{{- end -}}

{{- define "webgen.mounts" -}}
- {name: tmp, mountPath: /tmp}
- {name: run, mountPath: /run/webgen}
{{- if and (include "webgen.component" . | fromYaml).blobs (not (include "webgen.s3" .root)) }}
- {name: blobs, mountPath: /var/lib/webgen/blobs}
{{- end }}
{{- if eq .name "resolver" }}
- {name: cache, mountPath: /var/lib/webgen/sets, subPath: sets}
- {name: cache, mountPath: /var/lib/webgen/npm, subPath: npm}
{{- else if eq .name "build" }}
- {name: sets, mountPath: /var/lib/webgen/sets}
{{- end }}
{{- with .values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "webgen.volumes" -}}
- name: tmp
  emptyDir: {medium: Memory, sizeLimit: {{ .values.tmpSize }}}
- name: run
  emptyDir: {medium: Memory, sizeLimit: 1Mi}
{{- if and (include "webgen.component" . | fromYaml).blobs (not (include "webgen.s3" .root)) }}
- name: blobs
  persistentVolumeClaim: {claimName: {{ .root.Values.blobs.existingClaim | default (printf "%s-blobs" (include "webgen.name" .root)) }}}
{{- end }}
{{- if and (eq .name "resolver") (not .values.persistence.enabled) }}
- name: cache
  emptyDir: {sizeLimit: {{ .values.persistence.size }}}
{{- else if eq .name "build" }}
- name: sets
  emptyDir: {sizeLimit: {{ .values.setsSize }}}
{{- end }}
{{- with .values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* A Deployment of a process. Arguments: root, name, values. */}}
{{- define "webgen.deployment" -}}
apiVersion: apps/v1
kind: Deployment
metadata: {{- include "webgen.metadata" . | nindent 2 }}
spec:
  {{- include "webgen.replicas" . | nindent 2 }}
  strategy: {type: RollingUpdate, rollingUpdate: {maxUnavailable: 0, maxSurge: 1}}
  selector:
    matchLabels: {{- include "webgen.selector" . | nindent 6 }}
  template: {{- include "webgen.pod" . | nindent 4 }}
{{- end -}}

{{/* How many, where nobody else decides. Arguments: root, name, values. */}}
{{- define "webgen.replicas" -}}
{{- $keda := and .root.Values.autoscaling.keda.enabled (include "webgen.component" . | fromYaml).stages -}}
{{- $hpa := and (eq .name "gateway") .values.autoscaling.enabled -}}
{{- if not (or $keda $hpa) }}
replicas: {{ .values.replicas }}
{{- end }}
{{- end -}}

{{/* Arguments: root, name, values. */}}
{{- define "webgen.disruption" -}}
{{- if .values.disruptionBudget }}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {{- include "webgen.metadata" . | nindent 2 }}
spec:
  maxUnavailable: 1
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels: {{- include "webgen.selector" . | nindent 6 }}
{{- end }}
{{- end -}}
