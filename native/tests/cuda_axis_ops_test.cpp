// Sorting, the largest of lines, and cumulative ops, of the CUDA backend.
#include <string>

#include "tests/cuda_node_check.h"

using namespace ibex;
using namespace ibex::testing;

namespace {

const char* const kEveryType[] = {"bool", "u8", "i8", "i16", "i32", "u32", "i64", "f16", "bf16", "f32", "f64"};

std::string text(const std::string& from, const std::string& results, const std::string& op, const std::string& attrs,
                 const std::string& outputs) {
  return "%0: " + from + " = parameter {index=0, state=false}\n" + results + " = " + op + " %0 {" + attrs + "}\noutputs " +
         outputs + "\n";
}

// With equal elements, and of floats with NaN, infinity and both zeros.
std::vector<Array> awkward(const std::string& input) {
  std::vector<Array> feeds = randomFeeds(graphOf(input), 5);
  Array& x = feeds[0];
  if (isFloat(x.type.dtype)) {
    const double special[] = {NAN, INFINITY, -INFINITY, 0.0, -0.0, 1.5, 1.5};
    std::mt19937 engine(9);
    for (int64_t i = 0; i < x.size(); ++i) {
      if (engine() % 3 == 0) x.set(i, special[engine() % 7]);
    }
  }
  return feeds;
}
void addAwkward(CudaChecks& checks, const std::string& input) { checks.add(input, 0, awkward(input)); }

void addSorts(CudaChecks& checks, const std::string& t, const std::string& shape, int axis) {
  for (const char* const descending : {"false", "true"}) {
    const std::string attrs = "axis=" + std::to_string(axis) + ", descending=" + descending;
    addAwkward(checks, text(t + shape, "%1: " + t + shape, "sort", attrs, "%1"));
    addAwkward(checks, text(t + shape, "%1: i32" + shape, "argsort", attrs, "%1"));
  }
}
void addTopK(CudaChecks& checks, const std::string& t, int rows, int columns, int k) {
  const std::string out = "[" + std::to_string(rows) + "," + std::to_string(k) + "]";
  addAwkward(checks, text(t + "[" + std::to_string(rows) + "," + std::to_string(columns) + "]",
                          "%1: " + t + out + ", %2: i32" + out, "top_k", "k=" + std::to_string(k), "%1, %2"));
}

}  // namespace

TEST_CASE("cuda: sorting lines of every type, in a block and by digits") {
  CudaChecks checks;
  for (const std::string t : kEveryType) {
    addSorts(checks, t, "[3,40]", 1);
    addSorts(checks, t, "[2,40,5]", 1);
    addSorts(checks, t, "[2,5001]", 1);
  }
  addSorts(checks, "f32", "[4500,3]", 0);
  addSorts(checks, "f32", "[2000]", 0);
  addSorts(checks, "f32", "[1]", 0);
  addSorts(checks, "f32", "[5,1]", 1);
  addSorts(checks, "f32", "[0,4]", 1);
  addSorts(checks, "f32", "[4,0]", 1);
  addSorts(checks, "f64", "[2049]", 0);
  addSorts(checks, "f32", "[130000]", 0);  // more tiles than lanes
  checks.run();
}

TEST_CASE("cuda: the largest k of short and long lines") {
  CudaChecks checks;
  for (const std::string t : kEveryType) {
    addTopK(checks, t, 3, 50, 7);
    addTopK(checks, t, 2, 3000, 5);
    addTopK(checks, t, 2, 5000, 40);
  }
  addTopK(checks, "f32", 2, 70000, 32);
  addTopK(checks, "f64", 1, 70000, 3);
  addTopK(checks, "f32", 3, 2000, 1);
  addTopK(checks, "f32", 3, 2000, 2000);
  addTopK(checks, "f32", 3, 4, 0);
  checks.run();
}

TEST_CASE("cuda: where the largest and the smallest are") {
  CudaChecks checks;
  for (const std::string op : {"arg_max", "arg_min"}) {
    for (const std::string t : kEveryType) {
      addAwkward(checks, text(t + "[3,50]", "%1: i32[3]", op, "axis=1, keepdims=false", "%1"));
      addAwkward(checks, text(t + "[3,50,4]", "%1: i32[3,1,4]", op, "axis=1, keepdims=true", "%1"));
    }
    addAwkward(checks, text("f32[2,3000]", "%1: i32[2]", op, "axis=1, keepdims=false", "%1"));
    addAwkward(checks, text("i32[2,70000]", "%1: i32[2]", op, "axis=1, keepdims=false", "%1"));
    addAwkward(checks, text("bf16[40000]", "%1: i32[]", op, "axis=0, keepdims=false", "%1"));
    addAwkward(checks, text("f32[4000,3]", "%1: i32[3]", op, "axis=0, keepdims=false", "%1"));
    addAwkward(checks, text("f32[7,1]", "%1: i32[7]", op, "axis=1, keepdims=false", "%1"));
    addAwkward(checks, text("f32[0,3]", "%1: i32[0]", op, "axis=1, keepdims=false", "%1"));
  }
  checks.add(text("f32[30000]", "%1: i32[]", "arg_max", "axis=0, keepdims=false", "%1"));
  checks.run();
}

TEST_CASE("cuda: cumulative ops from either end, with and without the element itself") {
  CudaChecks checks;
  for (const std::string op : {"cumsum", "cumprod", "cummax", "cummin"}) {
    for (const std::string t : {"u8", "i8", "u32", "i64", "bf16", "f32", "f64"}) {
      const bool forward = t.size() % 2 == 0;  // some of the types each way
      const std::string attrs = std::string("reverse=") + (forward ? "false" : "true") + ", exclusive=" +
                                (forward == (op.size() % 2 == 0) ? "false" : "true");
      checks.add(text(t + "[3,50]", "%1: " + t + "[3,50]", op, "axis=1, " + attrs, "%1"));
      checks.add(text(t + "[3,50,4]", "%1: " + t + "[3,50,4]", op, "axis=1, " + attrs, "%1"));
    }
    for (const char* const reverse : {"false", "true"}) {
      for (const char* const exclusive : {"false", "true"}) {
        const std::string attrs = std::string("axis=0, reverse=") + reverse + ", exclusive=" + exclusive;
        checks.add(text("i32[1801]", "%1: i32[1801]", op, attrs, "%1"));
        checks.add(text("i32[20000]", "%1: i32[20000]", op, attrs, "%1"));
        checks.add(text("i32[900,3]", "%1: i32[900,3]", op, attrs, "%1"));
        checks.add(text("f32[0]", "%1: f32[0]", op, attrs, "%1"));
        checks.add(text("f32[1]", "%1: f32[1]", op, attrs, "%1"));
      }
    }
  }
  for (const std::string op : {"cummax", "cummin"}) {
    addAwkward(checks, text("f32[3000]", "%1: f32[3000]", op, "axis=0, reverse=false, exclusive=false", "%1"));
    addAwkward(checks, text("f16[200,3]", "%1: f16[200,3]", op, "axis=0, reverse=true, exclusive=true", "%1"));
  }
  checks.add(text("f32[20000]", "%1: f32[20000]", "cumsum", "axis=0, reverse=false, exclusive=false", "%1"), 1e-4);
  checks.run();
}
