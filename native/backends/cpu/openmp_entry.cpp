// The few entry points of GCC's OpenMP runtime that oneDNN calls, on our threads.
//
// The dynamic linker looks a library's symbols up in the addon before it does in the libraries that the addon needs, so
// oneDNN's parallel loops run on the same threads as ours: no second pool, no barrier of one that spins while the other
// works, and no collapse when a neighbour has one of the processors. An oneDNN built otherwise never calls these and
// keeps threads of its own.
#include "backends/cpu/thread_pool.h"

#define IBEX_OPENMP_ENTRY extern "C" __attribute__((visibility("default")))

IBEX_OPENMP_ENTRY void GOMP_parallel(void (*work)(void*), void* context, unsigned threads, unsigned /*flags*/) {
  ibex::cpu::runTeam(threads == 0 ? ibex::cpu::numThreads() : static_cast<int>(threads), work, context);
}

IBEX_OPENMP_ENTRY void GOMP_barrier() { ibex::cpu::teamBarrier(); }

IBEX_OPENMP_ENTRY int omp_get_max_threads() { return ibex::cpu::numThreads(); }

IBEX_OPENMP_ENTRY int omp_get_num_threads() { return ibex::cpu::teamPlace().size; }

IBEX_OPENMP_ENTRY int omp_get_thread_num() { return ibex::cpu::teamPlace().member; }

IBEX_OPENMP_ENTRY int omp_in_parallel() { return ibex::cpu::teamPlace().size > 1 ? 1 : 0; }
