# Runs a conformance suite, unmodified, inside the namespace. Sourced.

run_suite() {
  suite=${1-}
  [ $# -eq 0 ] || shift
  case $suite in
    gateway) set -- gateway.test TestGatewayAPI -usable-address=10.88.128.200 -unusable-address=unusable.example.com "$@" ;;
    inference) set -- inference.test TestInference "$@" ;;
    *) fail "Cannot run the suite '$suite': there are gateway and inference" ;;
  esac
  # It has variables of these names too.
  refuse_without_programs "$1" echo-basic
  program=$1 test=$2
  shift 2
  KUBECONFIG=$TC_STATE/kubeconfig inside "$TC_BIN/$program" -test.v -test.timeout 90m -test.parallel 1 -test.run "$test" "$@"
}
