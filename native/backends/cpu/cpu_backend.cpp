#include "backends/cpu/cpu_backend.h"

#include <cstdlib>
#include <new>
#include <string>

#include "backends/cpu/lowering.h"
#include "backends/cpu/thread_pool.h"
#include "ir/error.h"

namespace ibex::cpu {

namespace {

constexpr size_t kAlignment = 64;
// From here on memory is aligned to huge pages, where the kernel may give some.
constexpr size_t kHuge = size_t{2} << 20;

}  // namespace

std::unique_ptr<Kernel> CpuBackend::prepare(const Graph& graph, const Node& node) {
  const Lowering lowering = findLowering(node.op);
  const std::string name(opInfo(node.op).name);
  if (lowering == nullptr) {
    throw Error(ErrorCode::kUnsupported, "The CPU backend has no kernel for '" + name + "'.", graph.scopeOf(node));
  }
  try {
    return lowering(graph, node);
  } catch (const Error& error) {
    throw error.in(graph.scopeOf(node));
  }
}

int CpuBackend::threads() const { return numThreads(); }

int CpuBackend::limitThreads(int threads) {
  const int before = numThreads();
  setNumThreads(threads);
  return before;
}

void* CpuBackend::allocate(size_t bytes) {
  const size_t alignment = bytes >= kHuge ? kHuge : kAlignment;
  const size_t rounded = (bytes + alignment - 1) / alignment * alignment;
  return std::aligned_alloc(alignment, rounded == 0 ? alignment : rounded);
}

void CpuBackend::release(void* memory, size_t) { std::free(memory); }

}  // namespace ibex::cpu
