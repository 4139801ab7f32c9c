{{/* A ScaledObject of a worker: waiting and running work of its stages, told by the gateway, over what one pod works on at
a time; and, for a while after an installation or an upgrade, the pod that keeps all awake. Arguments: root, name, values, kind. */}}
{{- define "webgen.scaled" -}}
{{- $keda := .root.Values.autoscaling.keda -}}
{{- if $keda.enabled }}
{{- $stages := (include "webgen.component" . | fromYaml).stages }}
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {{- include "webgen.metadata" . | nindent 2 }}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: {{ .kind }}, name: {{ include "webgen.name" .root }}-{{ .name }}}
  minReplicaCount: {{ .values.scale.min }}
  maxReplicaCount: {{ .values.scale.max }}
  pollingInterval: {{ $keda.pollingInterval }}
  cooldownPeriod: {{ $keda.cooldownPeriod }}
  # Prometheus away: as many as there are, and one where there is none.
  fallback: {failureThreshold: 4, replicas: {{ max 1 .values.scale.min }}, behavior: currentReplicasIfHigher}
  advanced:
    horizontalPodAutoscalerConfig:
      behavior:
        scaleUp: {stabilizationWindowSeconds: 0, policies: [{type: Percent, value: 100, periodSeconds: 15}, {type: Pods, value: 4, periodSeconds: 15}]}
        scaleDown: {stabilizationWindowSeconds: 300, policies: [{type: Percent, value: 50, periodSeconds: 60}]}
  triggers:
    - type: prometheus
      metricType: AverageValue
      metadata:
        serverAddress: {{ $keda.prometheus }}
        query: {{ include "webgen.scaled.query" (dict "root" .root "stages" $stages) | quote }}
        threshold: {{ .values.settings.concurrency | toString | quote }}
        activationThreshold: "0"
        ignoreNullValues: "false"
      {{- with $keda.authenticationRef }}
      authenticationRef: {name: {{ . }}}
      {{- end }}
    - type: kubernetes-workload
      metadata:
        podSelector: app.kubernetes.io/instance={{ .root.Release.Name }},app.kubernetes.io/component=wake
        value: "1"
{{- end }}
{{- end -}}

{{/* Every gateway tells the same: the largest counts. Arguments: root, stages. */}}
{{- define "webgen.scaled.query" -}}
{{- $own := .root.Values.autoscaling.keda.matchers | default (printf "namespace=%q" .root.Release.Namespace) -}}
{{- $labels := printf "stage=~%q, %s" (join "|" .stages) $own -}}
sum(max by (stage) (webgen_evaluations_queued{ {{- $labels -}} }) + max by (stage) (webgen_evaluations_running{ {{- $labels -}} }))
{{- end -}}
