// Element-wise regions: every op on every element type, operands of every kind, layouts, several outputs, in place.
#include "tests/cpu_region_reference.h"

#include <doctest/doctest.h>

#include "backends/cpu/simd_dispatch.h"

using namespace ibex;
using namespace ibex::testing;
using Kind = RegionOperand::Kind;

namespace {

constexpr DType kAllTypes[] = {DType::kBool,     DType::kUint8,   DType::kInt8,   DType::kInt16,
                               DType::kInt32,    DType::kUint32,  DType::kInt64,  DType::kFloat16,
                               DType::kBFloat16, DType::kFloat32, DType::kFloat64};

// The kernels of each instruction set that this machine has.
class EachSimdLevel {
 public:
  template <class F>
  static void run(F&& f) {
    for (const cpu::SimdLevel level : cpu::availableSimdLevels()) {
      cpu::overrideSimdLevel(level);
      CAPTURE(cpu::simdLevelName(level));
      f();
    }
    cpu::overrideSimdLevel(std::nullopt);
  }
};

Shape denseStrides(const Shape& shape) {
  Shape s(shape.size());
  int64_t step = 1;
  for (size_t a = shape.size(); a-- > 0; step *= shape[a]) s[a] = step;
  return s;
}

// Numbers of all magnitudes and signs, and the special ones.
Array operandArray(DType t, const Shape& shape, uint32_t seed) {
  Array a = randomArray(t, shape, seed);
  if (!isFloat(t)) return a;
  const double specials[] = {0.0, -0.0, 1,     -1,   0.5, INFINITY, -INFINITY, NAN, 1e-7,
                             -30, 88.9, 1e-40, 1000, 2,   -2,       3,         -3.5};
  for (int64_t i = 0; i < a.size(); i += 3) a.set(i, specials[static_cast<size_t>(i / 3) % std::size(specials)]);
  for (int64_t i = 1; i < a.size(); i += 5) a.set(i, a.at(i) * 20);
  return a;
}

RegionInstr makeInstr(Op op, DType dtype, DType operandDtype, std::vector<RegionOperand> operands) {
  RegionInstr instr;
  instr.op = op;
  instr.dtype = dtype;
  instr.operandDtype = operandDtype;
  instr.operandCount = static_cast<uint8_t>(operands.size());
  for (size_t k = 0; k < operands.size(); ++k) instr.operands[k] = operands[k];
  return instr;
}

Region elementwise(const Shape& space, std::vector<RegionInput> inputs, std::vector<RegionInstr> instrs,
                   std::vector<RegionImmediate> immediates = {}) {
  Region r;
  r.space = space;
  r.reduceAxis.assign(space.size(), 0);
  r.inputs = std::move(inputs);
  r.prologue = std::move(instrs);
  r.immediates = std::move(immediates);
  const auto last = static_cast<uint32_t>(r.prologue.size() - 1);
  r.outputs.push_back({{Kind::kInstr, last}, false, r.prologue.back().dtype});
  return r;
}

double ulpsFor(Op op, DType t) {
  // Of the 16-bit types: the reference rounds through double, the kernel through float.
  if (isHalf(t)) return 1;
  if (t == DType::kFloat64) return op == Op::kErfinv || op == Op::kDigamma ? 1e3 : 2;
  return op == Op::kSigmoid || op == Op::kSoftplus ? 3 : 2;
}

bool isBinary(Op op) { return opInfo(op).inputs == 2; }

// Operands that are inputs (dense), single elements, and immediates.
void checkOp(Op op, DType t) {
  const Shape shape{3, 701};
  const DType result = isPredicate(op) ? DType::kBool : t;
  const Shape dense = denseStrides(shape);
  const Array x = operandArray(t, shape, 1);
  Array y = operandArray(t, shape, 2);
  // Not in step with the specials of x.
  for (int64_t i = 0; i + 7 < y.size(); ++i) y.set(i, y.at(i + 7));
  const RegionImmediate imm = isFloat(t) ? floatScalar(t, -1.75) : smallScalar(t, t == DType::kBool ? 1 : 2);
  const RegionOperand in0{Kind::kInput, 0};
  const RegionOperand in1{Kind::kInput, 1};
  const RegionOperand constant{Kind::kImmediate, 0};
  std::vector<std::vector<RegionOperand>> forms;
  if (isBinary(op)) {
    forms = {{in0, in1}, {in0, constant}, {constant, in1}, {constant, constant}};
  } else {
    forms = {{in0}, {constant}};
  }
  for (const auto& form : forms) {
    for (const bool rowScalars : {false, true}) {
      const Shape strides1 = rowScalars ? Shape{1, 0} : dense;
      const Region region =
          elementwise(shape, {{t, dense, 0}, {t, strides1, 0}}, {makeInstr(op, result, t, form)}, {imm});
      const std::vector<Array> inputs{x, y};
      const RegionReference expected(region, inputs);
      const auto outputs = runRegion(region, inputs);
      const int64_t at = firstDifference(outputs[0], expected.outputs[0], ulpsFor(op, t));
      CAPTURE(rowScalars);
      CAPTURE(form.size());
      CAPTURE(at);
      if (at >= 0) {
        CAPTURE(x.at(at));
        CAPTURE(y.at(rowScalars ? at / shape[1] : at));
        CAPTURE(outputs[0].at(at));
        CAPTURE(expected.outputs[0].at(at));
        CHECK(at == -1);
      }
    }
  }
}

}  // namespace

TEST_CASE("every element-wise op on every element type it takes") {
  EachSimdLevel::run([] {
    for (int o = 0; o < kOpCount; ++o) {
      const Op op = static_cast<Op>(o);
      if (opInfo(op).kind != OpKind::kElementwise || op == Op::kCast || op == Op::kSelect) continue;
      for (const DType t : kAllTypes) {
        if (!acceptsOperand(op, t)) continue;
        CAPTURE(opInfo(op).name);
        CAPTURE(dtypeName(t));
        checkOp(op, t);
      }
    }
  });
}

TEST_CASE("an op on a type it is not defined for is refused") {
  const Region region = elementwise({4}, {{DType::kInt32, {1}, 0}},
                                    {makeInstr(Op::kExp, DType::kInt32, DType::kInt32, {{Kind::kInput, 0}})});
  CHECK_THROWS_WITH_AS(cpu::makeRegionKernel(region, {0}), "exp is not defined for int32", Error);
}

TEST_CASE("casts between all pairs of types") {
  EachSimdLevel::run([] {
    for (const DType from : kAllTypes) {
      for (const DType to : kAllTypes) {
        CAPTURE(dtypeName(from));
        CAPTURE(dtypeName(to));
        Array x = randomArray(from, {1003}, 5);
        if (isFloat(from)) {
          for (int64_t i = 0; i < x.size(); ++i)
            x.set(i, x.at(i) * 30 + (to == DType::kUint8 || to == DType::kUint32 ? 100 : 0));
        }
        const Region region =
            elementwise({1003}, {{from, {1}, 0}}, {makeInstr(Op::kCast, to, from, {{Kind::kInput, 0}})});
        const RegionReference expected(region, {x});
        CHECK(firstDifference(runRegion(region, {x})[0], expected.outputs[0], isHalf(to) ? 1 : 0) == -1);
      }
    }
  });
}

TEST_CASE("casts of floats to integers saturate and give 0 for NaN") {
  EachSimdLevel::run([] {
    for (const DType from : {DType::kFloat32, DType::kFloat64, DType::kBFloat16}) {
      for (const DType to :
           {DType::kUint8, DType::kInt8, DType::kInt16, DType::kInt32, DType::kUint32, DType::kInt64}) {
        CAPTURE(dtypeName(from));
        CAPTURE(dtypeName(to));
        const double values[] = {NAN,    INFINITY, -INFINITY, 1e30, -1e30, 0x1p31, -0x1p31,
                                 0x1p63, 300,      -300,      255,  256,   -0.9,   70000};
        std::vector<double> all;
        for (int i = 0; i < 100; ++i) all.push_back(values[static_cast<size_t>(i) % std::size(values)]);
        const Array x(from, {100}, all);
        const Region region =
            elementwise({100}, {{from, {1}, 0}}, {makeInstr(Op::kCast, to, from, {{Kind::kInput, 0}})});
        const Array y = runRegion(region, {x})[0];
        Array expected(to, {100});
        for (int64_t i = 0; i < 100; ++i) expected.set(i, std::trunc(x.at(i)));
        CHECK(firstDifference(y, expected, 0) == -1);
      }
    }
  });
}

TEST_CASE("select of tiles and scalars of every size") {
  EachSimdLevel::run([] {
    for (const DType t : kAllTypes) {
      const Array cond = randomArray(DType::kBool, {1500}, 1);
      const Array a = randomArray(t, {1500}, 2);
      const Array b = randomArray(t, {1500}, 3);
      const RegionOperand in[] = {{Kind::kInput, 0}, {Kind::kInput, 1}, {Kind::kInput, 2}};
      const RegionOperand imm{Kind::kImmediate, 0};
      const RegionOperand yes{Kind::kImmediate, 1};
      const std::vector<std::vector<RegionOperand>> forms{{in[0], in[1], in[2]}, {in[0], imm, in[2]},
                                                          {in[0], in[1], imm},   {in[0], imm, imm},
                                                          {yes, in[1], in[2]},   {yes, imm, imm}};
      for (const auto& form : forms) {
        const Region region =
            elementwise({1500}, {{DType::kBool, {1}, 0}, {t, {1}, 0}, {t, {1}, 0}},
                        {makeInstr(Op::kSelect, t, t, form)}, {smallScalar(t, 1), smallScalar(DType::kBool, 1)});
        const RegionReference expected(region, {cond, a, b});
        CHECK(firstDifference(runRegion(region, {cond, a, b})[0], expected.outputs[0], 0) == -1);
      }
    }
  });
}

TEST_CASE("large arguments of the trigonometric functions") {
  EachSimdLevel::run([] {
    for (const Op op : {Op::kSin, Op::kCos, Op::kTan}) {
      Array x = randomArray(DType::kFloat32, {777}, 4);
      for (int64_t i = 0; i < x.size(); i += 50) x.set(i, x.at(i) * 1e9);
      const Region region = elementwise({777}, {{DType::kFloat32, {1}, 0}},
                                        {makeInstr(op, DType::kFloat32, DType::kFloat32, {{Kind::kInput, 0}})});
      const RegionReference expected(region, {x});
      CHECK(firstDifference(runRegion(region, {x})[0], expected.outputs[0], 2) == -1);
    }
  });
}

TEST_CASE("values of 16-bit types are rounded after every instruction") {
  EachSimdLevel::run([] {
    for (const DType t : {DType::kFloat16, DType::kBFloat16}) {
      const Array x = randomArray(t, {1029}, 7);
      const RegionOperand in{Kind::kInput, 0};
      const RegionOperand third{Kind::kImmediate, 0};
      const Region region =
          elementwise({1029}, {{t, {1}, 0}},
                      {makeInstr(Op::kMul, t, t, {in, third}), makeInstr(Op::kAdd, t, t, {{Kind::kInstr, 0}, in}),
                       makeInstr(Op::kSub, t, t, {{Kind::kInstr, 1}, {Kind::kInstr, 0}}),
                       makeInstr(Op::kMul, t, t, {{Kind::kInstr, 2}, third})},
                      {floatScalar(t, 1.0 / 3)});
      const RegionReference expected(region, {x});
      CHECK(firstDifference(runRegion(region, {x})[0], expected.outputs[0], 0) == -1);
    }
  });
}

TEST_CASE("an output may lie on an input that is read later in the region") {
  // y = (x + 1); z = y * x, both stored: z is late enough to take x's place, y is not unless it is written last.
  const RegionOperand x{Kind::kInput, 0};
  Region region = elementwise({5000}, {{DType::kFloat32, {1}, 0}},
                              {makeInstr(Op::kAdd, DType::kFloat32, DType::kFloat32, {x, {Kind::kImmediate, 0}}),
                               makeInstr(Op::kMul, DType::kBool, DType::kFloat32, {{Kind::kInstr, 0}, x})},
                              {floatScalar(DType::kFloat32, 1)});
  region.prologue[1] = makeInstr(Op::kGreater, DType::kBool, DType::kFloat32, {{Kind::kInstr, 0}, x});
  region.outputs = {{{Kind::kInstr, 0}, false, DType::kFloat32}, {{Kind::kInstr, 1}, false, DType::kBool}};
  const Array in = randomArray(DType::kFloat32, {5000}, 9);
  const RegionReference expected(region, {in});
  int offered = 0;
  const auto outputs = runRegion(region, {in}, true, &offered);
  CHECK(offered == 1);
  for (size_t o = 0; o < 2; ++o) CHECK(firstDifference(outputs[o], expected.outputs[o], 0) == -1);
}

TEST_CASE("an input that is broadcast or transposed is never written over") {
  const RegionOperand x{Kind::kInput, 0};
  const auto kernelFor = [&](Shape strides) {
    const Region region = elementwise({64, 64}, {{DType::kFloat32, std::move(strides), 0}},
                                      {makeInstr(Op::kNeg, DType::kFloat32, DType::kFloat32, {x})});
    return cpu::makeRegionKernel(region, {0});
  };
  CHECK(kernelFor({64, 1})->inPlaceInput(0) == 0);
  CHECK(kernelFor({1, 64})->inPlaceInput(0) == -1);
  CHECK(kernelFor({0, 1})->inPlaceInput(0) == -1);
}

TEST_CASE("a value that the node takes twice is not written over") {
  const Region region =
      elementwise({8, 8}, {{DType::kFloat32, {8, 1}, 0}, {DType::kFloat32, {1, 8}, 0}},
                  {makeInstr(Op::kAdd, DType::kFloat32, DType::kFloat32, {{Kind::kInput, 0}, {Kind::kInput, 1}})});
  CHECK(cpu::makeRegionKernel(region, {3, 3})->inPlaceInput(0) == -1);
  CHECK(cpu::makeRegionKernel(region, {3, 4})->inPlaceInput(0) == 0);
}
