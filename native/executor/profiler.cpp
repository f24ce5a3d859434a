#include "executor/profiler.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "ir/printer.h"
#include "ir/text.h"

namespace ibex {

namespace {

// Operations of a region that its name lists.
constexpr size_t kNamed = 6;

// The operations of a region, the most frequent first.
std::string regionName(const Region& region) {
  std::vector<std::pair<std::string, int>> counts;
  const auto count = [&](std::string name) {
    const auto known = std::find_if(counts.begin(), counts.end(), [&](const auto& entry) { return entry.first == name; });
    if (known == counts.end()) {
      counts.emplace_back(std::move(name), 1);
    } else {
      ++known->second;
    }
  };
  for (const RegionReduction& reduction : region.reductions) count(std::string(reduceKindName(reduction.kind)));
  const size_t reductions = counts.size();
  for (const RegionInstr& instr : region.prologue) count(std::string(opInfo(instr.op).name));
  for (const RegionInstr& instr : region.epilogue) count(std::string(opInfo(instr.op).name));
  std::stable_sort(counts.begin() + static_cast<std::ptrdiff_t>(reductions), counts.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string name = "fused(";
  for (size_t i = 0; i < std::min(counts.size(), kNamed); ++i) {
    if (i > 0) name += ", ";
    name += counts[i].first;
    if (counts[i].second > 1) name += " x" + std::to_string(counts[i].second);
  }
  if (counts.size() > kNamed) name += ", …";
  return name + ")";
}

uint64_t nextId() {
  static std::atomic<uint64_t> last{0};
  return ++last;
}

}  // namespace

Profiler::Profiler(bool trace) : id_(nextId()), trace_(trace), start_(ProfilerClock::now()) {}

ProgramProfile& Profiler::add(const std::string& name, const Plan& plan, ProfilerClock::time_point compileStart,
                              std::chrono::nanoseconds compileTime) {
  const auto index = static_cast<uint32_t>(programs_.size());
  programs_.push_back(std::make_unique<ProgramProfile>(ProgramProfile{index, name, compileTime.count(), {}}));
  ProgramProfile& profile = *programs_.back();
  const Graph& graph = plan.graph;
  for (const PlannedCall& call : plan.calls) {
    const Node& node = graph.nodes[call.node];
    profile.calls.push_back({node.region ? regionName(*node.region) : std::string(opInfo(node.op).name),
                             node.outputs.empty() ? "" : printType(graph.type(node.outputs[0])), graph.scopeOf(node),
                             nodeCost(graph, node)});
  }
  note(TraceKind::kCompile, index, 0, compileStart, compileTime);
  return profile;
}

void Profiler::noteCall(ProgramProfile& program, uint32_t index, ProfilerClock::time_point start,
                        std::chrono::nanoseconds duration) {
  CallProfile& call = program.calls[index];
  const int64_t nanoseconds = duration.count();
  call.leastNanoseconds = call.count == 0 ? nanoseconds : std::min(call.leastNanoseconds, nanoseconds);
  call.nanoseconds += nanoseconds;
  ++call.count;
  note(TraceKind::kCall, program.index, index, start, duration);
}

}  // namespace ibex
