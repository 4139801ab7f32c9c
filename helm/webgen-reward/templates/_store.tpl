{{/* The built-in Redis and PostgreSQL: one pod with one disk. Arguments: root, name, values, env, mounts, volumes, probe. */}}
{{- define "webgen.store" -}}
{{- $row := include "webgen.component" . | fromYaml -}}
apiVersion: apps/v1
kind: StatefulSet
metadata: {{- include "webgen.metadata" . | nindent 2 }}
spec:
  replicas: 1
  serviceName: {{ include "webgen.name" .root }}-{{ .name }}
  selector:
    matchLabels: {{- include "webgen.selector" . | nindent 6 }}
  template:
    metadata:
      labels: {{- include "webgen.labels.pod" . | nindent 8 }}
    spec:
      {{- include "webgen.pod.common" . | nindent 6 }}
      terminationGracePeriodSeconds: 60
      securityContext: {{- include "webgen.security.pod" . | nindent 8 }}
      containers:
        - name: {{ .name }}
          {{- include "webgen.container.image" . | nindent 10 }}
          env: {{- toYaml .env | nindent 12 }}
          ports:
            - {name: {{ .name }}, containerPort: {{ $row.port }}}
          startupProbe: {exec: {command: {{ toJson .probe }}}, periodSeconds: 3, timeoutSeconds: 3, failureThreshold: 60}
          readinessProbe: {exec: {command: {{ toJson .probe }}}, periodSeconds: 5, timeoutSeconds: 3}
          securityContext: {{- include "webgen.security.container" . | nindent 12 }}
          resources: {{- toYaml .values.resources | nindent 12 }}
          volumeMounts:
            - {name: data, mountPath: /data}
            {{- range $path, $size := .memory }}
            - {name: {{ $path | trimPrefix "/" | replace "/" "-" }}, mountPath: {{ $path }}}
            {{- end }}
      volumes:
        {{- range $path, $size := .memory }}
        - name: {{ $path | trimPrefix "/" | replace "/" "-" }}
          emptyDir: {medium: Memory, sizeLimit: {{ $size }}}
        {{- end }}
  persistentVolumeClaimRetentionPolicy: {whenScaled: Retain, whenDeleted: Retain}
  volumeClaimTemplates:
    - apiVersion: v1
      kind: PersistentVolumeClaim
      metadata: {name: data}
      spec:
        accessModes: [ReadWriteOnce]
        {{- with .values.storageClass }}
        storageClassName: {{ . }}
        {{- end }}
        resources: {requests: {storage: {{ .values.size }}}}
---
apiVersion: v1
kind: Service
metadata: {{- include "webgen.metadata" . | nindent 2 }}
spec:
  selector: {{- include "webgen.selector" . | nindent 4 }}
  ports:
    - {name: {{ .name }}, port: {{ $row.port }}, targetPort: {{ .name }}, protocol: TCP}
{{- end -}}

{{/* A secret with a password that is made once and kept, and the address with it. Arguments: root, name, address (with %s
for the password). */}}
{{- define "webgen.store.secret" -}}
{{- $there := lookup "v1" "Secret" .root.Release.Namespace (printf "%s-%s" (include "webgen.name" .root) .name) -}}
{{- $password := randAlphaNum 40 -}}
{{- if $there -}}{{- $password = $there.data.password | b64dec -}}{{- end -}}
apiVersion: v1
kind: Secret
metadata:
  {{- include "webgen.metadata" . | nindent 2 }}
  # Stays with the disk that it opens.
  annotations: {helm.sh/resource-policy: keep}
type: Opaque
stringData:
  password: {{ $password | quote }}
  url: {{ printf .address $password | quote }}
{{- end -}}
