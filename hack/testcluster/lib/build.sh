# Builds the cluster's programs from Go modules into $TC_BIN. Cold: 13 minutes on 2 cores, 2 GiB at the peak. Sourced.

need_go() {
  command -v go >/dev/null || fail "Cannot build the test cluster: Go is not on PATH; install Go 1.26 or newer (https://go.dev/dl)"
  version=$(GOTOOLCHAIN=local go env GOVERSION)
  minor=${version#go1.}
  [ "${minor%%[!0-9]*}" -ge 26 ] 2>/dev/null ||
    fail "Cannot build the test cluster: $version is too old; install Go 1.26 or newer (https://go.dev/dl)"
  export GOTOOLCHAIN=local CGO_ENABLED=0 GOFLAGS=-buildvcs=false
}

# What the API server says its version is; without it clients see v0.0.0.
v=k8s.io/component-base/version
kubernetes_flags="-X $v.gitVersion=v1.36.3 -X $v.gitMajor=1 -X $v.gitMinor=36 -X $v.gitTreeState=clean"

build_one() {
  find_program "$1"
  flags="-s -w"
  [ "$module" != kube ] || flags="$flags $kubernetes_flags"
  if [ "$how" = test ]; then how="test -c"; fi
  began=$(date +%s)
  # Renamed when whole: a cluster that runs keeps its program, and nobody sees half of one.
  (cd "$here/$module" && go $how -p 2 -trimpath -ldflags "$flags" -o "$TC_BIN/.$1.$$" "$package") ||
    fail "Cannot build $1: go ended with an error (above)"
  sources_of "$1" >"$TC_BIN/$1.sources"
  mv "$TC_BIN/.$1.$$" "$TC_BIN/$1"
  echo "$1 built in $(($(date +%s) - began)) s" >&2
}

# build_programs [NAME...]: those (all, without a name) that are not built yet, or from other sources than these.
build_programs() {
  need_go
  mkdir -p "$TC_BIN"
  [ $# -gt 0 ] || set -- $(echo "$programs" | cut -d' ' -f1)
  for name; do
    is_built "$name" || build_one "$name"
  done
}
