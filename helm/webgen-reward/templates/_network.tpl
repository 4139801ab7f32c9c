{{/* Network policies: one for each kind of pod, one allow for each arrow of webgen.components. */}}

{{/* What may reach addresses: the given peers, or any address but those that nobody may. Arguments: root, to, public. */}}
{{- define "webgen.network.to" -}}
{{- if .to -}}
{{ toYaml .to }}
{{- else -}}
{{- $not := .root.Values.networkPolicy.never -}}
{{- if .public -}}{{- $not = concat $not .root.Values.networkPolicy.private -}}{{- end -}}
{{- $four := list -}}{{- $six := list -}}
{{- range $not -}}{{- if contains ":" . -}}{{- $six = append $six . -}}{{- else -}}{{- $four = append $four . -}}{{- end -}}{{- end -}}
- ipBlock: {cidr: 0.0.0.0/0, except: {{ toJson $four }}}
- ipBlock: {cidr: "::/0", except: {{ toJson $six }}}
{{- end -}}
{{- end -}}

{{/* One arrow, from the side where it begins. Arguments: root, target. */}}
{{- define "webgen.network.arrow" -}}
{{- $policy := .root.Values.networkPolicy -}}
{{- $store := get .root.Values .target -}}
{{- if or (eq .target "gateway") (and (has .target (list "redis" "postgresql")) $store.builtin.enabled) }}
# to {{ .target }}
- to:
    - podSelector:
        matchLabels: {{- include "webgen.selector" (dict "root" .root "name" .target) | nindent 10 }}
  ports: [{protocol: TCP, port: {{ (include "webgen.component" (dict "root" .root "name" .target) | fromYaml).port }}}]
{{- else if has .target (list "redis" "postgresql") }}
# to {{ .target }}
- to: {{- include "webgen.network.to" (dict "root" .root "to" (get $policy .target) "public" false) | nindent 4 }}
  ports: [{protocol: TCP, port: {{ $store.external.port }}}]
{{- else }}
# to {{ .target }}
{{- $outside := get $policy .target }}
{{- if and (eq .target "s3") (not $outside.to) }}{{- fail "networkPolicy.s3.to: where the bucket's server is; workers reach it and nothing else outside" }}{{- end }}
- to: {{- include "webgen.network.to" (dict "root" .root "to" $outside.to "public" true) | nindent 4 }}
  ports:
    {{- range $outside.ports }}
    - {protocol: TCP, port: {{ . }}}
    {{- end }}
{{- end }}
{{- end -}}

{{/* Arguments: root, name. */}}
{{- define "webgen.network" -}}
{{- $row := include "webgen.component" . | fromYaml -}}
{{- $root := .root -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{- include "webgen.metadata" . | nindent 2 }}
spec:
  podSelector:
    matchLabels: {{- include "webgen.selector" . | nindent 6 }}
  policyTypes: [Ingress, Egress]
  ingress: {{- include "webgen.network.ingress" . | nindent 4 | trimSuffix "\n" }}
  egress:
    {{- if $row.reaches }}
    # names
    - to: {{- toYaml .root.Values.networkPolicy.dns | nindent 8 }}
      ports: [{protocol: UDP, port: 53}, {protocol: TCP, port: 53}]
    {{- $reaches := $row.reaches }}
    {{- if and $row.blobs (include "webgen.s3" .root) }}{{- $reaches = append $reaches "s3" }}{{- end }}
    {{- range $reaches }}
    {{- include "webgen.network.arrow" (dict "root" $root "target" .) | nindent 4 }}
    {{- end }}
    {{- else }} []
    {{- end }}
{{- end -}}

{{/* The same arrows, from the side where they end. Arguments: root, name. */}}
{{- define "webgen.network.ingress" -}}
{{- $row := include "webgen.component" . | fromYaml -}}
{{- $root := .root -}}
{{- $name := .name -}}
{{- $callers := list -}}
{{- range $caller, $its := include "webgen.components" .root | fromYaml -}}
{{- if has $name $its.reaches -}}{{- $callers = append $callers $caller -}}{{- end -}}
{{- end -}}
{{- if $callers }}
# from {{ join ", " $callers }}
- from:
    {{- range $callers }}
    - podSelector:
        matchLabels: {{- include "webgen.selector" (dict "root" $root "name" .) | nindent 10 }}
    {{- end }}
  ports: [{protocol: TCP, port: {{ $row.port }}}]
{{- end }}
{{- if eq $name "gateway" }}
# from trainers
- from:
    - namespaceSelector: {}
      podSelector: {matchLabels: {webgen-reward/client: "true"}}
    {{- with .root.Values.networkPolicy.clients }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  ports: [{protocol: TCP, port: {{ $row.port }}}]
{{- end }}
{{- if has (toString $row.port) (list "8080" "9100") }}
# from Prometheus
- from: {{- toYaml .root.Values.networkPolicy.monitoring | nindent 4 }}
  ports: [{protocol: TCP, port: {{ $row.port }}}]
{{- else if not $callers }} []
{{- end }}
{{- end -}}
