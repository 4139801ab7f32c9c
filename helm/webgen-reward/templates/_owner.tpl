{{/* The pod of what works as the tables' owner: migrations and admin. Arguments: root, name, restart. */}}
{{- define "webgen.owner.pod" -}}
{{- $values := dict "image" .root.Values.gateway.image "settings" dict "resources" .root.Values.migration.resources }}
{{- $argument := dict "root" .root "name" .name "values" $values }}
metadata:
  labels: {{- include "webgen.labels.pod" . | nindent 4 }}
spec:
  {{- include "webgen.pod.common" . | nindent 2 }}
  {{- with .restart }}
  restartPolicy: {{ . }}
  {{- end }}
  terminationGracePeriodSeconds: 5
  securityContext: {{- include "webgen.security.pod" . | nindent 4 }}
  containers:
    - name: {{ .name }}
      {{- include "webgen.container.image" $argument | nindent 6 }}
      args: {{ (include "webgen.component" $argument | fromYaml).command | toJson }}
      env: {{- include "webgen.env" $argument | nindent 8 }}
      securityContext: {{- include "webgen.security.container" . | nindent 8 }}
      resources: {{- toYaml $values.resources | nindent 8 }}
      volumeMounts: [{name: tmp, mountPath: /tmp}]
  volumes:
    - name: tmp
      emptyDir: {medium: Memory, sizeLimit: 64Mi}
{{- end -}}
