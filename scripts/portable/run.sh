#!/bin/sh
# Runs Ibex from this folder on a machine that has neither Node nor a network: what it finds, then its tests, then its
# benchmarks beside those peers that the machine's python3 has.
#
#   ./run.sh                       all of that, on cuda:0 where there is one, else on the CPU; the same as ./run.sh record all
#   ./run.sh record PART [FOLDER]  a part of it, and what it printed (with JSON, for benchmarks) into the folder, or ./results
#                                  On a GPU:
#       tests                      doctor, the CUDA kernels against the CPU's, the unit tests
#       check                      losses of small models, beside the peers'
#       steps                      training steps: perceptron, convolutions, recurrent
#       resnet, encoder            larger ones, in bfloat16
#       matmul, convolution, memory, sequence
#                                  kernels alone; memory has what is limited by it, sequence attention and recurrent ones
#       profile                    where the time of our steps goes
#                                  On a CPU: tests, check, cpu (some training steps)
#   ./run.sh doctor
#   ./run.sh test [FILTER ...]
#   ./run.sh native [ARGUMENTS]    the native tests of the core
#   ./run.sh gpu [ARGUMENTS]       those that hold the CUDA kernels against the CPU's, on cuda:0
#   ./run.sh bench [ARGUMENTS]     as "pnpm bench": steps mlp-b128 --peers torch --json FILE
#   ./run.sh node FILE [...]       any program, with the packages to import
# A part takes less than ten minutes: its steps have limits, and what is cut off or fails keeps no other from running.
# IBEX_DEVICE chooses the device, IBEX_PEERS_PYTHON the Python of the peers. Kernels are compiled when they are first met, and
# kept in the folder "kernels" for all that comes after.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
[ -x "$here/bin/node" ] || xz -dk "$here/bin/node.xz" || python3 -c "
import lzma, shutil, sys
with lzma.open(sys.argv[1]) as packed, open(sys.argv[2], 'wb') as node: shutil.copyfileobj(packed, node)
" "$here/bin/node.xz" "$here/bin/node"
chmod +x "$here/bin/node"

IBEX_ADDON_PATH="$here/node_modules/@ibex/native/prebuilds/linux-x64/ibex.node"
IBEX_CUDA_CACHE=${IBEX_CUDA_CACHE:-$here/kernels}
# What PyTorch compiles, likewise.
TORCHINDUCTOR_CACHE_DIR=${TORCHINDUCTOR_CACHE_DIR:-$here/inductor}
export IBEX_ADDON_PATH IBEX_CUDA_CACHE TORCHINDUCTOR_CACHE_DIR
node="$here/bin/node"
# The machine's own C++ library where it is new enough: NVIDIA's libraries may want it.
if ! "$node" -e 'process.dlopen({ exports: {} }, process.argv[1])' "$IBEX_ADDON_PATH" 2>/dev/null; then
  LD_LIBRARY_PATH="$here/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
  export LD_LIBRARY_PATH
fi

doctor() {
  "$node" "$here/node_modules/ibex/dist/cli.js" doctor
  if command -v nvidia-smi >/dev/null 2>&1; then
    nvidia-smi --query-gpu=name,driver_version,memory.total,clocks.max.sm,clocks.max.mem,power.limit --format=csv || true
  fi
}
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

kernels() { find "$IBEX_CUDA_CACHE" -type f 2>/dev/null | wc -l; }

# NAME SECONDS ARGUMENTS: runs this script with the arguments, for so many seconds at most, and keeps what it prints.
step() {
  name=$1
  limit=$2
  shift 2
  before=$(kernels)
  start=$(date +%s)
  echo "── $name ──"
  { timeout -k 10 "$limit" "$here/run.sh" "$@" 2>&1 && echo 0 >"$results/.status" || echo $? >"$results/.status"; } |
    tee "$results/$name.txt"
  status=$(cat "$results/.status")
  rm "$results/.status"
  case $status in
    0) outcome=passed ;;
    124 | 137) outcome="cut off" failed=1 ;;
    *) outcome="FAILED ($status)" failed=1 ;;
  esac
  echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) $name: $outcome, $(($(date +%s) - start)) s, $(($(kernels) - before)) kernels compiled" |
    tee -a "$results/summary.txt"
}
# NAME SECONDS ARGUMENTS of bench.
measure() {
  name=$1
  limit=$2
  shift 2
  step "$name" "$limit" bench "$@" --rounds 1 --limit 280 --json "$results/$name.json"
}

record() {
  case $1 in
    tests)
      step doctor 60 doctor
      [ "$IBEX_DEVICE" = cpu ] || step gpu 200 gpu
      step unit 320 test
      ;;
    check) step check 300 bench encoder-tiny resnet50-tiny --check --peers torch ;;
    steps)
      peers=torch,torch-compile,torch-overhead,torch-graph,jax
      measure mlp 180 mlp-b128 --peers $peers
      measure cnn 180 cnn-b32 cnn-b128 --peers $peers
      measure bilstm 200 bilstm-b32 bilstm-b128 --peers torch,torch-graph,jax
      ;;
    resnet) measure resnet 580 resnet50-bf16 --peers torch,torch-overhead,torch-graph,jax ;;
    encoder) measure encoder 580 encoder-bf16 --peers torch,torch-overhead,torch-graph,jax ;;
    matmul) measure matmul 400 gpu-matmul --peers torch --seconds 0.5 ;;
    convolution) measure convolution 500 gpu-convolution --peers torch --seconds 0.5 ;;
    memory)
      measure memory 500 gpu-elementwise gpu-adam gpu-normalization gpu-pooling gpu-embedding --peers torch --seconds 0.5
      ;;
    sequence) measure sequence 400 gpu-attention gpu-recurrent --peers torch --seconds 0.5 ;;
    profile)
      step profile 300 bench mlp-b128 cnn-b32 bilstm-b32 encoder-bf16-b32 resnet50-bf16-b64 --profile
      ;;
    cpu) measure cpu 580 mlp-b32 mlp-b128 cnn-b32 bilstm-b32 --peers torch ;;
    all)
      parts='tests check cpu'
      [ "$IBEX_DEVICE" = cpu ] || parts='tests check steps resnet encoder matmul convolution memory sequence profile'
      for part in $parts; do record "$part"; done
      ;;
    *) echo "There is no part '$1': see the beginning of $here/run.sh." >&2; exit 2 ;;
  esac
}

command=${1:-record}
[ $# -gt 0 ] && shift
case $command in
  doctor) doctor ;;
  test) tests "$@" ;;
  native) native --test-case-exclude='*CUDA*,*cuda*,*plug-in*' "$@" ;;
  # Not those that want a compiler, or files of the repository.
  gpu) IBEX_TEST_CUDA=gpu native --test-case='cuda*' --test-case-exclude='*librar*,*plug-in*' "$@" ;;
  bench) bench "$@" ;;
  node) exec "$node" "$@" ;;
  record)
    part=${1:-all}
    [ -n "${IBEX_DEVICE:-}" ] || if [ -e /dev/nvidiactl ]; then IBEX_DEVICE=cuda:0; else IBEX_DEVICE=cpu; fi
    IBEX_TEST_SECONDS=${IBEX_TEST_SECONDS:-300}
    export IBEX_DEVICE IBEX_TEST_SECONDS
    mkdir -p "${2:-results}"
    results=$(cd "${2:-results}" && pwd)
    failed=0
    record "$part"
    exit "$failed"
    ;;
  *) echo "There is no '$command': record, doctor, test, native, gpu, bench, node, or nothing for all." >&2; exit 2 ;;
esac
