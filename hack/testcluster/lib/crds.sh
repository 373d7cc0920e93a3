# Installs CRDs, from the modules that the suites are built with. Sourced.
. "$here/lib/build.sh"

# The folder of a module in Go's module cache.
module_folder() {
  (cd "$here/programs" && go mod download -json "$1" | sed -n 's/^.*"Dir": "\(.*\)",*$/\1/p') |
    grep . || fail "Cannot install CRDs: the Go module $1 cannot be had"
}

apply() { inside "$(find_kubectl)" --kubeconfig "$TC_STATE/kubeconfig" apply --server-side -f "$1"; }

install_crds() {
  need_go
  case ${1-gateway} in
    gateway)
      folder=$(module_folder sigs.k8s.io/gateway-api)/config/crd/${CHANNEL:-experimental}
      for file in "$folder"/gateway.networking*.yaml; do apply "$file"; done
      apply "$(module_folder sigs.k8s.io/gateway-api-inference-extension)/config/crd/bases"
      ;;
    legacy)
      folder=$(module_folder sigs.k8s.io/gateway-api-inference-extension@v0.5.1)/config/crd/bases
      for file in "$folder"/*x-k8s.io*.yaml; do apply "$file"; done
      ;;
    envoy-gateway)
      apply "$(module_folder github.com/envoyproxy/gateway@v1.9.1)/charts/gateway-helm/charts/crds/crds/generated"
      ;;
    *) fail "Cannot install CRDs of $1: there are gateway, legacy and envoy-gateway" ;;
  esac
}
