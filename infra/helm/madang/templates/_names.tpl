{{- define "madang.labels" -}}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{ include "madang.selector" . }}
{{- end }}

{{- define "madang.selector" -}}
app.kubernetes.io/name: madang
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- with .component }}
app.kubernetes.io/component: {{ . }}
{{- end }}
{{- end }}

{{- define "madang.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ with .Values.image.digest }}@{{ . }}{{ end }}
{{- end }}

{{/* The path of the public address, such as /chat. */}}
{{- define "madang.path" -}}
{{ (urlParse .Values.publicUrl).path | trimSuffix "/" | default "/" }}
{{- end }}

{{- define "madang.secretName" -}}
{{ .Values.existingSecret | default (printf "%s-secrets" .Release.Name) }}
{{- end }}

{{- define "madang.databaseUrl" -}}
{{- if .Values.postgres.enabled -}}
postgres://madang_gateway:{{ .Values.postgres.appPassword | default .Values.postgres.password }}@{{ .Release.Name }}-postgres:5432/madang
{{- else -}}
{{ required "secrets.databaseUrl, existingSecret or postgres.enabled is needed" .Values.secrets.databaseUrl }}
{{- end -}}
{{- end }}

{{/* The role that owns the schema; empty if one role does everything. */}}
{{- define "madang.migrationDatabaseUrl" -}}
{{- if .Values.postgres.enabled -}}
postgres://madang:{{ required "postgres.password is needed" .Values.postgres.password }}@{{ .Release.Name }}-postgres:5432/madang
{{- else -}}
{{ .Values.secrets.migrationDatabaseUrl }}
{{- end -}}
{{- end }}

{{/* The role of `madang`; empty if it is the gateways' role. */}}
{{- define "madang.adminDatabaseUrl" -}}
{{- if .Values.postgres.enabled -}}
postgres://madang_operator:{{ .Values.postgres.adminPassword | default .Values.postgres.password }}@{{ .Release.Name }}-postgres:5432/madang
{{- else -}}
{{ .Values.secrets.adminDatabaseUrl }}
{{- end -}}
{{- end }}

{{- define "madang.redisUrl" -}}
{{- if .Values.redis.enabled -}}
redis://madang:{{ required "redis.password is needed" .Values.redis.password }}@{{ .Release.Name }}-redis:6379
{{- else -}}
{{- if not .Values.redisEnv }}{{ required "secrets.redisUrl, existingSecret, redisEnv or redis.enabled is needed" .Values.secrets.redisUrl }}{{ else }}{{ .Values.secrets.redisUrl }}{{ end -}}
{{- end -}}
{{- end }}

{{/* The restricted Pod Security level, with a read-only file system. */}}
{{- define "madang.podSecurity" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: {{ . }}
  runAsGroup: {{ . }}
  fsGroup: {{ . }}
  seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "madang.containerSecurity" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
{{- end }}

{{/* The container of one of our processes, without its probes. */}}
{{- define "madang.process" -}}
image: {{ include "madang.image" .root }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
{{ include "madang.containerSecurity" .root }}
{{- if .root.Values.databasePasswordSecret }}
volumeMounts:
  - {name: database-password, mountPath: /run/madang/database, readOnly: true}
{{- end }}
env:
  - {name: SERVICE, value: {{ .service }}}
  - {name: MADANG_ENV, value: {{ .root.Values.environment }}}
{{- range $key := .secretKeys }}
  - name: {{ $key }}
    valueFrom: {secretKeyRef: {name: {{ $.secret | default (include "madang.secretName" $.root) }}, key: {{ $key }}}}
{{- end }}
{{- range $key := .optionalKeys }}
  - name: {{ $key }}
    valueFrom: {secretKeyRef: {name: {{ $.secret | default (include "madang.secretName" $.root) }}, key: {{ $key }}, optional: true}}
{{- end }}
{{- range $name, $value := .env }}
  - {name: {{ $name }}, value: {{ $value | toString | quote }}}
{{- end }}
{{- end }}

{{/* The pods of the chart's own database start at the same time as those that need it. */}}
{{- define "madang.waitForPostgres" -}}
{{- if .Values.postgres.enabled }}
initContainers:
  - name: wait-for-postgres
    image: {{ include "madang.image" . }}
    imagePullPolicy: {{ .Values.image.pullPolicy }}
    {{- include "madang.containerSecurity" . | nindent 4 }}
    command:
      - node
      - -e
      - |
        const {connect} = require('node:net');
        const attempt = () => {
          const socket = connect(5432, '{{ .Release.Name }}-postgres', () => process.exit(0));
          socket.on('error', () => setTimeout(attempt, 500));
        };
        attempt();
  # When the installation's hooks ran, there was no database yet. Any number of pods may do this at once.
  - name: migrate
    {{- include "madang.process" (dict "root" . "service" "migrate" "secretKeys" (list "DATABASE_URL") "optionalKeys" (list "DATABASE_DIRECT_URL" "DATABASE_PASSWORD" "MIGRATION_DATABASE_URL" "ADMIN_DATABASE_URL") "env" (include "madang.migrateEnv" . | fromYaml)) | nindent 4 }}
{{- end }}
{{- end }}

{{/* The variables of Postgres that are no secrets. */}}
{{- define "madang.postgresEnv" -}}
{{- with .Values.postgresEnv }}{{ toYaml . }}{{ end }}
{{- if .Values.databasePasswordSecret }}
DATABASE_PASSWORD_FILE: /run/madang/database/password
{{- end }}
{{- end }}

{{/* A rotated password reaches the file while the processes run. */}}
{{- define "madang.volumes" -}}
{{- with .Values.databasePasswordSecret }}
volumes:
  - name: database-password
    secret: {secretName: {{ . }}, items: [{key: password, path: password}], defaultMode: 0440}
{{- end }}
{{- end }}

{{- define "madang.migrateEnv" -}}
{{- include "madang.postgresEnv" . }}
{{- with .Values.auditRetentionDays }}
AUDIT_RETENTION_DAYS: {{ . }}
{{- end }}
{{- end }}

{{- define "madang.pullSecrets" -}}
{{- with .Values.image.pullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "madang.placement" -}}
{{- with .nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* The proxies whose X-Forwarded-* headers gateways trust. A number is safe only if nobody can bypass the proxy. */}}
{{- define "madang.trustProxy" -}}
{{- $proxied := or .Values.ingress.enabled .Values.httpRoute.enabled -}}
{{- $exposed := ne .Values.gateway.service.type "ClusterIP" -}}
{{- if not (kindIs "invalid" .Values.gateway.trustProxy) -}}
{{- .Values.gateway.trustProxy -}}
{{- else if and $proxied $exposed -}}
{{- fail "gateway.trustProxy: the gateways are reached through a proxy and past it; give the addresses of the proxy" -}}
{{- else -}}
{{- ternary 1 0 $proxied -}}
{{- end -}}
{{- end -}}
