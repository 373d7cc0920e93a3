# What hack/conformance does inside its cluster: conformance.sh INSTALL.yaml SUITE FLAGS...
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
cluster=$here/cluster
install=$1 suite=$2
shift 2

"$cluster" crds gateway
"$cluster" kubectl apply --server-side --force-conflicts -f "$install"
"$cluster" kubectl apply --server-side -f - <<END
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: antechamber}
spec: {controllerName: ${CONTROLLER_NAME:-gateway.envoyproxy.io/gatewayclass-controller}}
---
# The inference suite waits for a ready Pod in its namespace of Gateways, and brings none.
apiVersion: v1
kind: Namespace
metadata: {name: inference-conformance-infra}
---
apiVersion: v1
kind: Pod
metadata: {name: waits, namespace: inference-conformance-infra}
spec: {containers: [{name: pause, image: pause}]}
END
# The suite says by a header which server is to be picked; nobody else may, so the program obeys it only when told.
if [ "${PICKER:-}" = builtin ]; then
  "$cluster" kubectl patch deployment antechamber -n envoy-gateway-system --type=json \
    -p '[{"op": "add", "path": "/spec/template/spec/containers/0/args/-", "value": "--conformance"}]'
  "$cluster" kubectl rollout status deployment antechamber -n envoy-gateway-system --timeout=60s
fi
"$cluster" kubectl wait --for=condition=Accepted gatewayclass/antechamber --timeout="${CLASS_TIMEOUT:-60s}"
code=0
"$cluster" suite "$suite" "$@" || code=$?
# With the cluster they would be gone.
[ $code -eq 0 ] || "$cluster" kubectl logs -n envoy-gateway-system -l app.kubernetes.io/name=antechamber \
  --prefix --tail=300 >&2 || true
exit $code
