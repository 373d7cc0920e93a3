# The cluster's programs, and whether they are built from what is here. Sourced.

# NAME MODULE PACKAGE HOW
programs='etcd etcd go.etcd.io/etcd/server/v3 build
kube-apiserver kube ./kas build
kube-controller-manager kube ./kcm build
kubectl kube k8s.io/kubernetes/cmd/kubectl build
agent programs ./agent build
echo-basic programs sigs.k8s.io/gateway-api/conformance/echo-basic build
lwepp programs sigs.k8s.io/gateway-api-inference-extension/cmd/lwepp build
gateway.test programs ./gateway test
inference.test programs ./inference test'

# What a cluster needs to run.
needed='etcd kube-apiserver kube-controller-manager agent'

# Sets $module, $package and $how.
find_program() {
  line=$(echo "$programs" | grep "^$1 ") ||
    fail "Cannot find the program $1: there are $(echo "$programs" | cut -d' ' -f1 | paste -sd' ' -)"
  module=${line#* }
  module=${module%% *}
  how=${line##* }
  package=${line% *}
  package=${package##* }
}

# The checksum of a program's sources: its module's versions and, where it is ours, its folder.
sources_of() {
  find_program "$1"
  case $package in ./*) ours=$here/$module/$package ;; *) ours= ;; esac
  case $how in build) tests=*_test.go ;; *) tests=none ;; esac
  find "$here/$module/go.mod" "$here/$module/go.sum" $ours -type f ! -name "$tests" | LC_ALL=C sort | xargs cat | cksum
}

is_built() { [ -x "$TC_BIN/$1" ] && [ "$(cat "$TC_BIN/$1.sources" 2>/dev/null)" = "$(sources_of "$1")" ]; }

refuse_without_programs() {
  for program; do
    is_built "$program" ||
      fail "Cannot run the test cluster: $program is not built, or from other sources; run 'npm run cluster -- build' (needs Go 1.26, about 13 minutes the first time)"
  done
}
