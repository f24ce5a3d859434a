// Ops that move data, of the CUDA backend.
#include <string>

#include "tests/cuda_node_check.h"

using namespace ibex;
using namespace ibex::testing;

namespace {

const char* const kEverySize[] = {"bool", "i16", "bf16", "f32", "f64"};

// %1 = op of %0, alone in a graph.
void add(CudaChecks& checks, const std::string& from, const std::string& to, const std::string& op,
         const std::string& attrs) {
  checks.add("%0: " + from + " = parameter {index=0, state=false}\n%1: " + to + " = " + op + " %0 {" + attrs +
             "}\noutputs %1\n");
}

}  // namespace

TEST_CASE("cuda: transposes of every element size, through tiles and without") {
  CudaChecks checks;
  for (const std::string t : kEverySize) {
    add(checks, t + "[5,7]", t + "[7,5]", "transpose", "perm=[1, 0]");
    add(checks, t + "[67,130]", t + "[130,67]", "transpose", "perm=[1, 0]");
    add(checks, t + "[3,72,136]", t + "[136,3,72]", "transpose", "perm=[2, 0, 1]");
    add(checks, t + "[3,4,5,16]", t + "[3,5,4,16]", "transpose", "perm=[0, 2, 1, 3]");
  }
  add(checks, "f32[2,20,18,3]", "f32[2,3,20,18]", "transpose", "perm=[0, 3, 1, 2]");
  add(checks, "f32[2,33,4,17]", "f32[17,4,2,33]", "transpose", "perm=[3, 2, 0, 1]");
  add(checks, "f16[1024,768]", "f16[768,1024]", "transpose", "perm=[1, 0]");
  add(checks, "f32[1024,768]", "f32[768,1024]", "transpose", "perm=[1, 0]");
  add(checks, "u8[1024,1536]", "u8[1536,1024]", "transpose", "perm=[1, 0]");
  add(checks, "f32[2,3,2,3,2,3,2]", "f32[2,2,3,3,2,2,3]", "transpose", "perm=[6, 0, 5, 1, 4, 2, 3]");
  add(checks, "f32[0,3]", "f32[3,0]", "transpose", "perm=[1, 0]");
  add(checks, "f32[4]", "f32[4]", "transpose", "perm=[0]");
  add(checks, "f32[]", "f32[]", "transpose", "perm=[]");
  checks.run();
}

TEST_CASE("cuda: broadcasts, slices and reversals") {
  CudaChecks checks;
  for (const std::string t : kEverySize) {
    add(checks, t + "[9]", t + "[5,9]", "broadcast", "shape=[5, 9]");
    add(checks, t + "[6,1]", t + "[2,6,32]", "broadcast", "shape=[2, 6, 32]");
    add(checks, t + "[11,40]", t + "[4,16]", "slice", "starts=[1, 8], limits=[11, 40], strides=[3, 2]");
    add(checks, t + "[11,40]", t + "[10,32]", "slice", "starts=[1, 3], limits=[11, 35], strides=[1, 1]");
    add(checks, t + "[11,40]", t + "[3,40]", "slice", "starts=[1, 0], limits=[4, 40], strides=[1, 1]");
    add(checks, t + "[3,5,16]", t + "[3,5,16]", "reverse", "axes=[0, 2]");
    add(checks, t + "[3,5,16]", t + "[3,5,16]", "reverse", "axes=[1]");
  }
  add(checks, "f32[]", "f32[3,4]", "broadcast", "shape=[3, 4]");
  add(checks, "f32[1,5,1]", "f32[2,3,5,7]", "broadcast", "shape=[2, 3, 5, 7]");
  add(checks, "f32[2,1]", "f32[0,2,1]", "broadcast", "shape=[0, 2, 1]");
  add(checks, "f32[3,4]", "f32[3,4]", "broadcast", "shape=[3, 4]");
  add(checks, "f32[2000,1]", "f32[2000,700]", "broadcast", "shape=[2000, 700]");
  add(checks, "f32[4,4]", "f32[0,4]", "slice", "starts=[4, 0], limits=[4, 4], strides=[1, 1]");
  add(checks, "f32[40,40]", "f32[20,20]", "slice", "starts=[20, 20], limits=[40, 40], strides=[1, 1]");
  add(checks, "f32[0,3]", "f32[0,3]", "reverse", "axes=[0]");
  checks.run();
}

TEST_CASE("cuda: padding, cropping and spreading") {
  CudaChecks checks;
  for (const std::string t : kEverySize) {
    add(checks, t + "[3,8]", t + "[6,24]", "pad", "low=[1, 8], high=[2, 8], interior=[0, 0], value=1.0");
    add(checks, t + "[3,7]", t + "[6,5]", "pad", "low=[0, -1], high=[1, -1], interior=[1, 0], value=0.0");
  }
  add(checks, "f32[2,5,5,16]", "f32[2,7,8,16]", "pad",
      "low=[0, 1, 1, 0], high=[0, 1, 2, 0], interior=[0, 0, 0, 0], value=-2.5");
  add(checks, "f32[4,5]", "f32[7,9]", "pad", "low=[-1, 2], high=[-2, -2], interior=[2, 1], value=3.0");
  add(checks, "f32[0,3]", "f32[2,4]", "pad", "low=[1, 0], high=[1, 1], interior=[0, 0], value=7.0");
  add(checks, "f32[3]", "f32[0]", "pad", "low=[-2], high=[-1], interior=[0], value=0.0");
  add(checks, "i8[3]", "i8[5]", "pad", "low=[1], high=[1], interior=[0], value=1000.0");
  add(checks, "f32[]", "f32[]", "pad", "low=[], high=[], interior=[], value=1.0");
  checks.run();
}

TEST_CASE("cuda: concatenation of few and of many") {
  CudaChecks checks;
  for (const std::string t : kEverySize) {
    checks.add("%0: " + t + "[3,4,5] = parameter {index=0, state=false}\n%1: " + t +
               "[3,2,5] = parameter {index=1, state=false}\n%2: " + t + "[3,6,5] = concat %0, %1 {axis=1}\noutputs %2\n");
  }
  checks.add(
      "%0: f32[6,16] = parameter {index=0, state=false}\n%1: f32[6,0] = parameter {index=1, state=false}\n"
      "%2: f32[6,4] = parameter {index=2, state=false}\n%3: f32[6,20] = concat %0, %1, %2 {axis=1}\noutputs %3\n");
  std::string text, list;
  for (int i = 0; i < 37; ++i) {
    text += "%" + std::to_string(i) + ": i32[2," + std::to_string(i % 3) + "] = parameter {index=" + std::to_string(i) +
            ", state=false}\n";
    list += (i == 0 ? "%" : ", %") + std::to_string(i);
  }
  checks.add(text + "%37: i32[2,36] = concat " + list + " {axis=1}\noutputs %37\n");
  checks.run();
}

TEST_CASE("cuda: windows whose place is data") {
  CudaChecks checks;
  for (const auto& at : std::vector<std::vector<double>>{{0, 0}, {2, 5}, {-4, 100}}) {
    for (const int64_t width : {3, 8, 12}) {
      const Array x = randomArray(DType::kFloat32, {7, 12}, 1);
      const Array part = randomArray(DType::kFloat32, {4, width}, 2);
      const Array starts(DType::kInt32, {2}, at);
      const std::string w = std::to_string(width);
      checks.add("%0: f32[7,12] = parameter {index=0, state=false}\n%1: i32[2] = parameter {index=1, state=false}\n"
                 "%2: f32[4," + w + "] = dynamic_slice %0, %1 {sizes=[4, " + w + "]}\noutputs %2\n",
                 0, std::vector<Array>{x, starts});
      checks.add("%0: f32[7,12] = parameter {index=0, state=false}\n%1: f32[4," + w +
                     "] = parameter {index=1, state=false}\n%2: i32[2] = parameter {index=2, state=false}\n"
                     "%3: f32[7,12] = dynamic_update_slice %0, %1, %2\noutputs %3\n",
                 0, std::vector<Array>{x, part, starts});
    }
  }
  checks.add("%0: f64[] = parameter {index=0, state=false}\n%1: i32[0] = parameter {index=1, state=false}\n"
             "%2: f64[] = dynamic_slice %0, %1 {sizes=[]}\noutputs %2\n");
  checks.run();
}

TEST_CASE("cuda: indices along axes, and random bits") {
  CudaChecks checks;
  for (const std::string t : {"i32", "i64", "f16", "bf16", "f32", "f64"}) {
    checks.add("%0: " + t + "[3,5,7] = iota {axis=1}\noutputs %0\n", 0);
    checks.add("%0: " + t + "[300] = iota {axis=0}\noutputs %0\n", 0);
  }
  checks.add("%0: f32[0] = iota {axis=0}\noutputs %0\n");
  for (const std::string shape : {"[]", "[1]", "[3]", "[7,3]", "[4096]", "[0]"}) {
    checks.add("%0: u32[2] = parameter {index=0, state=false}\n%1: u32" + shape + " = random_bits %0\noutputs %1\n", 0,
               std::vector<Array>{Array(DType::kUint32, {2}, {123456789, 4000000000.0})});
  }
  checks.run();
}
