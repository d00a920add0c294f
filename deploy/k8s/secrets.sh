#!/bin/sh
# Makes the Secrets that the plain manifests name, in the namespace sextant; those that are there already stay as they are.
#
#   sh deploy/k8s/secrets.sh | kubectl apply --namespace sextant --filename -
#
# What it prints holds passwords: it is for a pipe, not for a file.
set -eu
namespace=${NAMESPACE:-sextant}

made_up() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }

# secret NAME KEY VALUE [KEY VALUE]...: the object, unless the cluster has it.
secret() {
    name=$1
    shift
    if kubectl get secret "$name" --namespace "$namespace" >/dev/null 2>&1; then
        return
    fi
    printf 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: %s\n  labels: {app.kubernetes.io/name: sextant, app.kubernetes.io/instance: sextant}\ntype: Opaque\nstringData:\n' "$name"
    while [ $# -gt 0 ]; do
        printf "  %s: '%s'\n" "$1" "$2"
        shift 2
    done
    echo ---
}

database=$(made_up)
secret sextant-postgres password "$database" dsn "postgresql://postgres:$database@sextant-postgres.$namespace.svc:5432/postgres"
secret sextant-valkey password "$(made_up)"
secret sextant-operator token "$(made_up)"
secret sextant-grafana admin-password "$(made_up)"

# A key for the account at each simulated venue: execution signs with it, the venue knows it. Both are made together or not at all.
if ! kubectl get secret sextant-venue-keys --namespace "$namespace" >/dev/null 2>&1; then
    files=
    for venue in alpha beta gamma; do
        key=$(made_up) signing=$(made_up)
        files="$files $venue-main.json {\"api_key\":\"$key\",\"secret\":\"$signing\"}"
        kubectl delete secret "sextant-venue-$venue" --namespace "$namespace" --ignore-not-found >/dev/null 2>&1 || true
        secret "sextant-venue-$venue" keys.json "[{\"account\":\"$venue-main\",\"api_key\":\"$key\",\"secret\":\"$signing\"}]"
    done
    # shellcheck disable=SC2086
    secret sextant-venue-keys $files
fi
