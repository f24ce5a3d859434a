#!/bin/sh
# Runs Ibex from this folder on a machine that has neither Node nor a network: what it finds, then its tests, then its
# benchmarks beside those peers that the machine's python3 has.
#
#   ./run.sh                       all of that, on cuda:0 where there is one, else on the CPU
#   ./run.sh doctor
#   ./run.sh test [FILTER ...]
#   ./run.sh native [ARGUMENTS]    the native tests of the core
#   ./run.sh gpu [ARGUMENTS]       those that hold the CUDA kernels against the CPU's, on cuda:0
#   ./run.sh bench [ARGUMENTS]     as "pnpm bench": steps mlp-b128 --peers torch --json FILE
#   ./run.sh node FILE [...]       any program, with the packages to import
# IBEX_DEVICE chooses the device.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
[ -x "$here/bin/node" ] || xz -dk "$here/bin/node.xz" || python3 -c "
import lzma, shutil, sys
with lzma.open(sys.argv[1]) as packed, open(sys.argv[2], 'wb') as node: shutil.copyfileobj(packed, node)
" "$here/bin/node.xz" "$here/bin/node"
chmod +x "$here/bin/node"

IBEX_ADDON_PATH="$here/node_modules/@ibex/native/prebuilds/linux-x64/ibex.node"
IBEX_CUDA_CACHE=${IBEX_CUDA_CACHE:-$here/kernels}
export IBEX_ADDON_PATH IBEX_CUDA_CACHE
node="$here/bin/node"
# The machine's own C++ library where it is new enough: NVIDIA's libraries may want it.
if ! "$node" -e 'process.dlopen({ exports: {} }, process.argv[1])' "$IBEX_ADDON_PATH" 2>/dev/null; then
  LD_LIBRARY_PATH="$here/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
  export LD_LIBRARY_PATH
fi

doctor() { "$node" "$here/node_modules/ibex/dist/cli.js" doctor; }
tests() { "$node" "$here/tests/run-tests.js" "$@"; }
native() {
  libraries="$here/node_modules/@ibex/native/prebuilds/linux-x64"
  LD_LIBRARY_PATH="$libraries${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" "$here/tests/native" "$@"
}
bench() {
  if [ -z "${IBEX_PEERS_PYTHON:-}" ] && command -v python3 >/dev/null 2>&1; then
    IBEX_PEERS_PYTHON=$(command -v python3)
    export IBEX_PEERS_PYTHON
  fi
  (cd "$here/benchmarks" && "$node" dist/main.js "$@")
}

command=${1:-all}
[ $# -gt 0 ] && shift
case $command in
  doctor) doctor ;;
  test) tests "$@" ;;
  native) native --test-case-exclude='*CUDA*,*cuda*,*plug-in*' "$@" ;;
  # Not those that want a compiler, or files of the repository.
  gpu) IBEX_TEST_CUDA=gpu native --test-case='cuda*' --test-case-exclude='*librar*,*plug-in*' "$@" ;;
  bench) bench "$@" ;;
  node) exec "$node" "$@" ;;
  all)
    doctor
    status=0
    tests || status=$?
    bench steps mlp-b32 mlp-b128 cnn-b32 bilstm-b32 --peers torch --rounds 3
    exit "$status"
    ;;
  *) echo "There is no '$command': doctor, test, native, gpu, bench, node, or nothing for all." >&2; exit 2 ;;
esac
