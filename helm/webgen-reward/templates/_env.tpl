{{/* A process's variables. Values that are secret come from secrets by name. */}}

{{/* Arguments: root, name, values. */}}
{{- define "webgen.env" -}}
{{- $row := include "webgen.component" . | fromYaml -}}
{{- if $row.role }}
- name: WEBGEN_RECORDS__URL
  valueFrom: {secretKeyRef: {{ include "webgen.records.secret" (dict "root" .root "role" $row.role) | fromYaml | toJson }}}
{{- end }}
{{- if has "redis" $row.reaches }}
- name: WEBGEN_BROKER__URL
  valueFrom: {secretKeyRef: {{ include "webgen.redis.secret" .root | fromYaml | toJson }}}
{{- end }}
{{- if has .name (list "resolver" "build" "render") }}
- {name: WEBGEN_RECORDS__CONCLUDES, value: "false"}
{{- end }}
{{- if eq (toString $row.port) "9100" }}
- {name: WEBGEN_METRICS__HOST, value: 0.0.0.0}
- {name: WEBGEN_METRICS__PORT, value: "9100"}
{{- end }}
{{- if eq .name "resolver" }}
- {name: WEBGEN_SHARE_SETS, value: "true"}
{{- end }}
{{- if and $row.blobs (include "webgen.s3" .root) .root.Values.blobs.s3.secretName }}
{{- with .root.Values.blobs.s3 }}
- name: WEBGEN_BLOBS__S3__ACCESS_KEY
  valueFrom: {secretKeyRef: {name: {{ .secretName }}, key: {{ .accessKey }}}}
- name: WEBGEN_BLOBS__S3__SECRET_KEY
  valueFrom: {secretKeyRef: {name: {{ .secretName }}, key: {{ .secretKey }}}}
{{- end }}
{{- end }}
{{- if and (eq .name "judge") .values.apiKey.secretName }}
- name: WEBGEN_JUDGE__API_KEY
  valueFrom: {secretKeyRef: {name: {{ .values.apiKey.secretName }}, key: {{ .values.apiKey.key }}}}
{{- end }}
{{- include "webgen.settings" (dict "prefix" "WEBGEN" "of" (include "webgen.settings.all" . | fromYaml)) }}
{{- with .values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* The settings of a process, with those of the shared ones that it reads. Arguments: root, name, values. */}}
{{- define "webgen.settings.all" -}}
{{- $reads := list "log_level" "log_json" "broker" -}}
{{- if has .name (list "resolver" "build" "render") -}}{{- $reads = append $reads "tools" -}}{{- end -}}
{{- if has .name (list "gateway" "judge") -}}{{- $reads = append $reads "judge_costs" -}}{{- end -}}
{{- if (include "webgen.component" . | fromYaml).blobs -}}{{- $reads = append $reads "blobs" -}}{{- end -}}
{{- $shared := dict -}}
{{- range $key, $value := .root.Values.settings -}}
{{- if has $key $reads -}}{{- $_ := set $shared $key $value -}}{{- end -}}
{{- end -}}
{{- mergeOverwrite (deepCopy $shared) (deepCopy (.values.settings | default dict)) | toYaml -}}
{{- end -}}

{{/* A tree of settings as variables, `__` between the levels. What is keyed by names that are no settings (prices by model)
goes as JSON, as lists do. Arguments: prefix, of. */}}
{{- define "webgen.settings" -}}
{{- $separator := ternary "_" "__" (eq .prefix "WEBGEN") -}}
{{- range $key, $value := .of }}
{{- $name := printf "%s%s%s" $.prefix $separator (upper $key) }}
{{- if and (kindIs "map" $value) (ne $key "prices") }}
{{- include "webgen.settings" (dict "prefix" $name "of" $value) }}
{{- else if kindIs "string" $value }}
- {name: {{ $name }}, value: {{ $value | quote }}}
{{- else if not (kindIs "invalid" $value) }}
- {name: {{ $name }}, value: {{ $value | toJson | quote }}}
{{- end }}
{{- end }}
{{- end -}}
