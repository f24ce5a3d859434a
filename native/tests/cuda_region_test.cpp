// Generated CUDA kernels of fused regions, compiled for the host and run thread by thread, against the reference. That
// they compile for a device, and run there, is for machines with NVIDIA's libraries.
#include <doctest/doctest.h>
#include <dlfcn.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>

#include "backends/node_util.h"
#include "backends/cuda/codegen/kernel_prelude.h"
#include "backends/cuda/codegen/region_source.h"
#include "ir/element_ops.h"
#include "tests/cpu_region_reference.h"
#include "tests/mock_cuda/engine.h"
#include "tests/random_region.h"

using namespace ibex;
using namespace ibex::testing;
using Kind = RegionOperand::Kind;

namespace {

// Regions of one translation unit: compiling is what takes the time.
class HostKernels {
 public:
  void add(const Region& region) {
    const std::string name = "region" + std::to_string(sources_.size());
    sources_.push_back(cuda::generateRegion(region, name));
  }

  void compile() {
    // A path of its own: of one that it knows, dlopen() would give the library that is loaded already.
    std::string pattern = (std::filesystem::temp_directory_path() / "ibex-kernels-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    const std::filesystem::path folder = pattern;
    const std::string file = (folder / "kernels.cpp").string();
    const std::string library = (folder / "kernels.so").string();
    std::ofstream out(file);
    out << "#include \"tests/cuda_host_shim.h\"\n#pragma GCC diagnostic ignored \"-Wunknown-pragmas\"\n"
        << cuda::kernelPrelude();
    for (const cuda::RegionSource& source : sources_) {
      out << source.code;
      for (const cuda::RegionLaunch& launch : source.launches) out << "IBEX_HOST_KERNEL(" << launch.name << ")\n";
    }
    out << "IBEX_HOST_LIBRARY\n";
    out.close();
    const std::string command = std::string(IBEX_HOST_COMPILER) + " -std=c++20 -O1 -ffp-contract=off -shared -fPIC -fvisibility=hidden -w -I " +
                                IBEX_NATIVE_SOURCE + " -o " + library + " " + file;
    REQUIRE_MESSAGE(std::system(command.c_str()) == 0, command);
    library_ = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
    REQUIRE_MESSAGE(library_ != nullptr, dlerror());
    std::filesystem::remove_all(folder);
    reinterpret_cast<void (*)(host::Engine*)>(dlsym(library_, "ibex_host_bind"))(host::engineTable());
  }

  // Outputs lie in memory of inputs where `inPlace` allows it.
  std::vector<Array> run(size_t index, const Region& region, const std::vector<Array>& inputs, bool inPlace,
                         int* offered) const {
    const cuda::RegionSource& source = sources_[index];
    std::vector<ValueId> ids;
    std::vector<Array> copies;
    std::vector<void*> pointers;
    for (const Array& input : inputs) {
      ids.push_back(static_cast<ValueId>(ids.size()));
      copies.push_back(copyOf(input));
      pointers.push_back(copies.back().data.get());
    }
    const std::vector<int> over = cuda::regionInPlaceInputs(region, ids, {});
    std::vector<Array> outputs;
    for (size_t o = 0; o < region.outputs.size(); ++o) {
      outputs.emplace_back(region.outputs[o].dtype, outputShape(region, region.outputs[o]));
      if (inPlace && over[o] >= 0) {
        outputs.back().data = copies[static_cast<size_t>(over[o])].data;
        ++*offered;
      }
      pointers.push_back(outputs.back().data.get());
    }
    const Memory scratch = allocate(source.scratchBytes + 1);
    pointers.push_back(scratch.get());
    for (const cuda::RegionLaunch& launch : source.launches) {
      const auto* kernel = static_cast<const host::Kernel*>(dlsym(library_, ("ibex_host_" + launch.name).c_str()));
      if (kernel == nullptr) FAIL(launch.name);
      const auto u = [](int64_t n) { return static_cast<unsigned>(n); };
      const char* wrong = host::launch(*kernel, pointers.data(), {u(launch.gridX), u(launch.gridY), 1},
                                       {u(launch.blockX), u(launch.blockY), 1}, 0);
      REQUIRE_MESSAGE(wrong == nullptr, wrong);
    }
    return outputs;
  }

  const cuda::RegionSource& source(size_t index) const { return sources_[index]; }

 private:
  std::vector<cuda::RegionSource> sources_;
  void* library_ = nullptr;  // stays loaded: its code has statics
};

Region elementwise(std::vector<int64_t> space, std::vector<DType> inputs) {
  Region region;
  region.space = std::move(space);
  region.reduceAxis.assign(region.space.size(), 0);
  for (const DType dtype : inputs) region.inputs.push_back({dtype, stridesOf(region.space), 0});
  return region;
}

RegionInstr instr(Op op, DType dtype, DType operands, std::vector<RegionOperand> from) {
  RegionInstr i;
  i.op = op;
  i.dtype = dtype;
  i.operandDtype = operands;
  i.operandCount = static_cast<uint8_t>(from.size());
  for (size_t k = 0; k < from.size(); ++k) i.operands[k] = from[k];
  return i;
}

Array numbers(DType dtype, int64_t count, uint32_t seed) {
  Array a(dtype, {count});
  std::mt19937 engine(seed);
  std::uniform_real_distribution<double> real(-3, 3);
  for (int64_t i = 0; i < count; ++i) a.set(i, isFloat(dtype) ? real(engine) : std::floor(3 + real(engine)));
  return a;
}

}  // namespace

TEST_CASE("generated kernels of random regions") {
  HostKernels kernels;
  std::vector<RandomRegion> cases;
  for (uint32_t seed = 0; seed < 60; ++seed) cases.emplace_back(20000 + seed, seed % 3 != 0);
  for (const RandomRegion& random : cases) kernels.add(random.region);
  kernels.compile();
  int offered = 0;
  for (size_t i = 0; i < cases.size(); ++i) {
    CAPTURE(i);
    const RegionReference expected(cases[i].region, cases[i].inputs);
    for (const bool inPlace : {false, true}) {
      CAPTURE(inPlace);
      const auto outputs = kernels.run(i, cases[i].region, cases[i].inputs, inPlace, &offered);
      for (size_t o = 0; o < outputs.size(); ++o) {
        CAPTURE(o);
        CHECK(firstDifference(outputs[o], expected.outputs[o], 0) == -1);
      }
    }
  }
  CHECK(offered > 0);
}

TEST_CASE("generated kernels of every op and type") {
  HostKernels kernels;
  std::vector<Region> regions;
  std::vector<std::vector<Array>> inputs;
  const DType types[] = {DType::kFloat32, DType::kFloat64, DType::kFloat16, DType::kBFloat16, DType::kInt32,
                         DType::kInt64,   DType::kUint8,   DType::kInt8,    DType::kBool};
  constexpr int64_t kCount = 40;
  for (const DType type : types) {
    for (int op = 0; op < kOpCount; ++op) {
      const Op id = static_cast<Op>(op);
      const OpInfo& info = opInfo(id);
      if (info.kind != OpKind::kElementwise || id == Op::kCast || id == Op::kSelect || !acceptsOperand(id, type)) continue;
      Region region = elementwise({kCount}, std::vector<DType>(static_cast<size_t>(info.inputs), type));
      std::vector<RegionOperand> operands;
      std::vector<Array> arrays;
      for (int k = 0; k < info.inputs; ++k) {
        operands.push_back({Kind::kInput, static_cast<uint32_t>(k)});
        arrays.push_back(numbers(type, kCount, static_cast<uint32_t>(op * 2 + k)));
      }
      const DType result = isPredicate(id) ? DType::kBool : type;
      region.prologue.push_back(instr(id, result, type, operands));
      region.outputs.push_back({{Kind::kInstr, 0}, false, result});
      regions.push_back(std::move(region));
      inputs.push_back(std::move(arrays));
    }
    for (const DType to : types) {
      Region region = elementwise({kCount}, {type});
      region.prologue.push_back(instr(Op::kCast, to, type, {{Kind::kInput, 0}}));
      region.outputs.push_back({{Kind::kInstr, 0}, false, to});
      Array values = numbers(type, kCount, 7);
      // To unsigned types what is negative saturates or wraps as the kernels define it, which the reference does not tell.
      for (int64_t i = 0; i < kCount; ++i) values.set(i, std::abs(values.at(i)));
      regions.push_back(std::move(region));
      inputs.push_back({std::move(values)});
    }
  }
  for (const Region& region : regions) kernels.add(region);
  kernels.compile();
  for (size_t i = 0; i < regions.size(); ++i) {
    CAPTURE(opInfo(regions[i].prologue[0].op).name);
    CAPTURE(dtypeName(regions[i].inputs[0].dtype));
    CAPTURE(dtypeName(regions[i].outputs[0].dtype));
    const RegionReference expected(regions[i], inputs[i]);
    const auto outputs = kernels.run(i, regions[i], inputs[i], false, nullptr);
    // Near its zero, digamma is a difference of numbers that are nearly equal.
    const double ulps = regions[i].prologue[0].op == Op::kDigamma ? 4096 : 4;
    CHECK(firstDifference(outputs[0], expected.outputs[0], ulps) == -1);
  }
}

TEST_CASE("generated kernels of long reductions, split over blocks") {
  struct Case {
    std::vector<int64_t> space;
    std::vector<uint8_t> reduce;
    DType type;
  };
  const Case cases[] = {{{300000}, {1}, DType::kFloat32},      {{3, 40000}, {0, 1}, DType::kFloat32},
                        {{20000, 5}, {1, 0}, DType::kFloat32}, {{500, 33}, {0, 1}, DType::kBFloat16},
                        {{4000, 64}, {1, 0}, DType::kFloat16}, {{7, 300, 40}, {1, 0, 1}, DType::kFloat64}};
  HostKernels kernels;
  std::vector<Region> regions;
  for (const Case& c : cases) {
    Region region = elementwise(c.space, {c.type});
    region.reduceAxis = c.reduce;
    region.prologue.push_back(instr(Op::kSquare, c.type, c.type, {{Kind::kInput, 0}}));
    region.reductions.push_back({ReduceKind::kSum, {Kind::kInput, 0}, c.type});
    region.reductions.push_back({ReduceKind::kMax, {Kind::kInstr, 0}, c.type});
    region.epilogue.push_back(
        instr(Op::kAdd, c.type, c.type, {{Kind::kReduction, 0}, {Kind::kReduction, 1}}));
    region.outputs.push_back({{Kind::kInstr, 0}, true, c.type});
    region.outputs.push_back({{Kind::kReduction, 0}, true, c.type});
    regions.push_back(region);
    kernels.add(region);
  }
  kernels.compile();
  for (size_t i = 0; i < regions.size(); ++i) {
    CAPTURE(i);
    int64_t count = 1;
    for (const int64_t extent : regions[i].space) count *= extent;
    Array x(cases[i].type, {count});
    std::mt19937 engine(static_cast<uint32_t>(i));
    for (int64_t k = 0; k < count; ++k) x.set(k, static_cast<double>(engine() % 9) / 4 - 1);
    const RegionReference expected(regions[i], {x});
    const auto outputs = kernels.run(i, regions[i], {x}, false, nullptr);
    for (size_t o = 0; o < outputs.size(); ++o) CHECK(firstDifference(outputs[o], expected.outputs[o], 2) == -1);
    if (i < 3) CHECK(kernels.source(i).launches.size() == 2);
  }
}

TEST_CASE("an op on a type that it is not defined for has no kernel") {
  Region region = elementwise({4}, {DType::kInt32});
  region.prologue.push_back(instr(Op::kExp, DType::kInt32, DType::kInt32, {{Kind::kInput, 0}}));
  region.outputs.push_back({{Kind::kInstr, 0}, false, DType::kInt32});
  CHECK_THROWS_AS(cuda::generateRegion(region, "r"), Error);
}
