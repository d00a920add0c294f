{{/* The platform's YAML of this release: the shipped file, with what values change, and the addresses of simulated venues. */}}

{{- define "sextant.platform" -}}
{{- $platform := .Files.Get "files/sextant.yaml" | fromYaml -}}
{{- range $section, $content := .Values.config.sections -}}
{{- $_ := set $platform $section $content -}}
{{- end -}}
{{- $platform = mergeOverwrite $platform (deepCopy .Values.config.overrides) -}}
{{- if .Values.simulator.enabled -}}
{{- range $name, $venue := $platform.venues -}}
{{- $address := printf "%s:8080" (include "sextant.host" (dict "root" $ "component" (include "sextant.venueComponent" $name))) -}}
{{- $_ := set $venue "rest_url" (printf "http://%s" $address) -}}
{{- $_ := set $venue "stream_url" (printf "ws://%s" $address) -}}
{{- $_ := set $venue "trade_url" (printf "ws://%s/ws-api/v3" $address) -}}
{{- end -}}
{{- end -}}
{{- if ne (default "sim" $platform.mode) "paper" -}}
{{- range $name, $account := $platform.venue_accounts -}}
{{- if not $account.key_file -}}
{{- $_ := set $account "key_file" (printf "/etc/sextant/venue-keys/%s.json" $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toYaml $platform -}}
{{- end }}

{{/* What cannot be said by the schema: refused at install, with the field, what it was and what was expected. */}}
{{- define "sextant.validate" -}}
{{- $platform := include "sextant.platform" . | fromYaml -}}
{{- range $name, $account := $platform.venue_accounts -}}
{{- $portfolio := index (default dict $platform.portfolios) $account.portfolio -}}
{{- if not $portfolio -}}
{{- fail (printf "config: venue_accounts.%s.portfolio: expected a portfolio of the configuration, was %q" $name $account.portfolio) -}}
{{- end -}}
{{- $home := default "local" $portfolio.home_region -}}
{{- if ne $home $.Values.region -}}
{{- fail (printf "config: portfolios.%s.home_region: expected %q, the region of this release, because execution trades at home only, was %q" $account.portfolio $.Values.region $home) -}}
{{- end -}}
{{- end -}}
{{- if and (eq (default "sim" $platform.mode) "live") (ne .Values.liveSwitch "i-accept-real-orders") -}}
{{- fail (printf "liveSwitch: expected \"i-accept-real-orders\" because config mode is \"live\", was %q" .Values.liveSwitch) -}}
{{- end -}}
{{- if and .Values.simulator.enabled (ne (default "sim" $platform.mode) "sim") -}}
{{- fail (printf "simulator.enabled: expected false because config mode is %q, was true" $platform.mode) -}}
{{- end -}}
{{- if .Values.simulator.enabled -}}
{{- range $name, $venue := $platform.venues -}}
{{- if ne $venue.protocol "binance-spot" -}}
{{- fail (printf "config: venues.%s.protocol: expected \"binance-spot\", the one that simulated venues speak, was %q; set simulator.enabled to false for real venues" $name $venue.protocol) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and (ne (default "sim" $platform.mode) "paper") (not .Values.simulator.enabled) (not .Values.venueKeys.existingSecret) -}}
{{- fail "venueKeys.existingSecret: expected a Secret with <account>.json for each venue account, because orders go to venues that this release does not simulate, was nothing" -}}
{{- end -}}
{{- if .Values.strimzi.users -}}
{{- include "sextant.validate.users" . -}}
{{- end -}}
{{- end }}

{{/* Strimzi makes users of its own clusters that log in by SCRAM-SHA-512 or by a certificate. */}}
{{- define "sextant.validate.users" -}}
{{- if .Values.kafka.bundled -}}
{{- fail "kafka.bundled: expected false because strimzi.users makes users of a cluster of Strimzi, was true" -}}
{{- end -}}
{{- with .Values.kafka.security -}}
{{- $isScram := and (hasPrefix "sasl" .protocol) (eq .mechanism "SCRAM-SHA-512") (not .mutualTls) -}}
{{- if not (or $isScram (and (eq .protocol "ssl") .mutualTls)) -}}
{{- fail (printf "kafka.security: expected sasl_ssl or sasl_plaintext by SCRAM-SHA-512 without mutualTls, or ssl with mutualTls, because strimzi.users logs in by these, was %s by %s with mutualTls %t" .protocol .mechanism .mutualTls) -}}
{{- end -}}
{{- if .username -}}
{{- fail (printf "kafka.security.username: expected nothing because strimzi.users gives each workload a user of its own, was %q" .username) -}}
{{- end -}}
{{- if and (hasSuffix "ssl" .protocol) .privateCa (not .existingSecret) -}}
{{- fail "kafka.security.existingSecret: expected a Secret with ca.crt (Strimzi keeps it as <cluster>-cluster-ca-cert) because kafka.security.privateCa is true, was nothing" -}}
{{- end -}}
{{- end -}}
{{- end }}
