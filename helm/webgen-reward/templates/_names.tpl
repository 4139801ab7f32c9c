{{/* Names, labels and the tables that everything else is made from. */}}

{{- define "webgen.name" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* What each kind of pod is: its image, its role in PostgreSQL, where it tells its metrics, what it reaches (the arrows
of the network policies), whose work it takes. Stages are those of services.stages (files/stages.yaml). */}}
{{- define "webgen.components" -}}
gateway: {image: gateway, role: gateway, port: 8080, blobs: true, reaches: [redis, postgresql]}
reaper: {image: gateway, role: reaper, port: 9100, reaches: [redis, postgresql], command: [python, -P, -m, services.pipeline.reaper]}
resolver: {image: resolver, role: resolver, port: 9100, blobs: true, stages: [resolve], reaches: [redis, postgresql, registry]}
build: {image: build, role: build, port: 9100, blobs: true, sandbox: true, stages: [lint, build], reaches: [redis, postgresql]}
render: {image: render, role: render, port: 9100, blobs: true, sandbox: true, stages: [render], reaches: [redis, postgresql]}
judge: {image: judge, role: judge, port: 9100, blobs: true, stages: [judge], reaches: [redis, postgresql, model]}
migrate: {image: gateway, role: owner, reaches: [postgresql], command: [python, -P, -m, services.stores.migrations]}
admin: {image: gateway, role: owner, reaches: [postgresql], command: [sleep, infinity]}
test: {image: gateway, reaches: [gateway]}
wake: {image: gateway, reaches: []}
redis: {image: redis, port: 6379, reaches: []}
postgresql: {image: postgres, port: 5432, reaches: []}
seccomp: {image: gateway, reaches: []}
{{- end -}}

{{/* One row of it. Arguments: root, name. */}}
{{- define "webgen.component" -}}
{{- get (include "webgen.components" .root | fromYaml) .name | toYaml -}}
{{- end -}}

{{- define "webgen.roles" -}}
[owner, gateway, reaper, resolver, build, render, judge]
{{- end -}}

{{/* Arguments: root, name. */}}
{{- define "webgen.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .name }}
{{- end -}}

{{/* Of pods: no versions, so that a new chart with the same images restarts nothing. Arguments: root, name. */}}
{{- define "webgen.labels.pod" -}}
{{ include "webgen.selector" . }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Arguments: root, name. */}}
{{- define "webgen.labels" -}}
{{ include "webgen.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Name and labels of an object. Arguments: root, name; suffix: where the object's name is another. */}}
{{- define "webgen.metadata" -}}
name: {{ include "webgen.name" .root }}-{{ .suffix | default .name }}
labels: {{- include "webgen.labels" . | nindent 2 }}
{{- end -}}

{{/* Arguments: root, name, image (whole, or empty). */}}
{{- define "webgen.image" -}}
{{- $row := include "webgen.component" . | fromYaml -}}
{{- .image | default (printf "%s/%s:%s" .root.Values.images.prefix $row.image (.root.Values.images.tag | default .root.Chart.AppVersion)) -}}
{{- end -}}

{{/* Seconds that a worker may need to finish what it has begun: its longest stage, and half a minute. Arguments: root, name. */}}
{{- define "webgen.grace" -}}
{{- $limits := (.root.Files.Get "files/stages.yaml" | fromYaml).stages -}}
{{- $longest := 0 -}}
{{- range (include "webgen.component" . | fromYaml).stages -}}
{{- $longest = max $longest (index $limits .).hardLimit -}}
{{- end -}}
{{- add $longest 30 -}}
{{- end -}}

{{/* Not empty where blobs are in a bucket. */}}
{{- define "webgen.s3" -}}
{{- dig "blobs" "s3" "bucket" "" .Values.settings -}}
{{- end -}}

{{/* The secret with the address of Redis, as name and key. */}}
{{- define "webgen.redis.secret" -}}
{{- if .Values.redis.builtin.enabled -}}
name: {{ include "webgen.name" . }}-redis
key: url
{{- else -}}
name: {{ required "redis.external.secretName: which secret holds the address of Redis" .Values.redis.external.secretName }}
key: {{ .Values.redis.external.key }}
{{- end -}}
{{- end -}}

{{/* The secret with a role's address of PostgreSQL, as name and key. Arguments: root, role. */}}
{{- define "webgen.records.secret" -}}
{{- with .root.Values.postgresql -}}
{{- if .builtin.enabled -}}
name: {{ include "webgen.name" $.root }}-records-{{ $.role }}
key: url
{{- else -}}
name: {{ required (printf "postgresql.external.secretNames.%s: which secret holds this role's address" $.role) (get .external.secretNames $.role) }}
key: {{ .external.key }}
{{- end -}}
{{- end -}}
{{- end -}}
