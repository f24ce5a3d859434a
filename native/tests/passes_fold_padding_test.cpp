#include <doctest/doctest.h>

#include <string>

#include "tests/passes_test_util.h"

namespace ibex {
namespace {

TEST_CASE("fold-padding: a convolution and its filter gradient pad themselves") {
  CHECK_PASS(foldPadding,
             "%0: f32[2,7,8,3] = parameter {index=0} %1: f32[3,3,3,4] = parameter {index=1}"
             "%2: f32[2,9,11,3] = pad %0 {low=[0,1,1,0], high=[0,1,2,0], interior=[0,0,0,0], value=0}"
             "%3: f32[2,9,9,4] = conv %2, %1 {strides=[1,1], padLow=[1,0], padHigh=[1,0], dilation=[1,1], groups=1,"
             " spatial=[]}"
             "%4: f32[3,3,3,4] = conv_filter_grad %2, %3 {strides=[1,1], padLow=[1,0], padHigh=[1,0], dilation=[1,1],"
             " groups=1, spatial=[3,3]} outputs %4",
             "%0: f32[2,7,8,3] = parameter {index=0} %1: f32[3,3,3,4] = parameter {index=1}"
             "%2: f32[2,9,9,4] = conv %0, %1 {strides=[1,1], padLow=[2,1], padHigh=[2,2], dilation=[1,1], groups=1,"
             " spatial=[]}"
             "%3: f32[3,3,3,4] = conv_filter_grad %0, %2 {strides=[1,1], padLow=[2,1], padHigh=[2,2], dilation=[1,1],"
             " groups=1, spatial=[3,3]} outputs %3");
}

TEST_CASE("fold-padding: padding with another number, of channels, or that cuts off, stays") {
  for (const char* pad : {"[2,9,9,3] = pad %0 {low=[0,1,1,0], high=[0,1,1,0], interior=[0,0,0,0], value=1}",
                          "[2,15,15,3] = pad %0 {low=[0,1,1,0], high=[0,1,1,0], interior=[0,1,1,0], value=0}",
                          "[2,7,7,3] = pad %0 {low=[0,1,1,0], high=[0,-1,-1,0], interior=[0,0,0,0], value=0}",
                          "[4,7,7,3] = pad %0 {low=[1,0,0,0], high=[1,0,0,0], interior=[0,0,0,0], value=0}"}) {
    const std::string shape = std::string(pad).substr(0, std::string(pad).find(' '));
    const std::string text =
        "%0: f32[2,7,7,3] = parameter {index=0} %1: f32[1,1,3,4] = parameter {index=1} %2: f32" + std::string(pad) +
        "%3: f32" + shape.substr(0, shape.rfind(',')) +
        ",4] = conv %2, %1 {strides=[1,1], padLow=[0,0], padHigh=[0,0], dilation=[1,1], groups=1, spatial=[]} outputs %3";
    CAPTURE(text);
    CHECK_PASS(foldPadding, text.c_str(), text.c_str());
  }
}

std::string pooled(const std::string& input, const std::string& padding, const std::string& outputs) {
  return "%0: f32[1,6,6,2] = parameter {index=0} %1: f32[1,6,6,2] = " + input +
         " %0 %2: f32[1,8,8,2] = pad %1 {low=[0,1,1,0], high=[0,1,1,0], interior=[0,0,0,0], value=0}"
         "%3: f32[1,3,3,2], %4: i32[1,3,3,2] = max_pool %2 {window=[3,3], strides=[2,2], padLow=" +
         padding + ", padHigh=[0,0], dilation=[1,1], countPadding=false, spatial=[]} outputs " + outputs;
}

TEST_CASE("fold-padding: max pooling pads what is not negative itself, where only the largest is wanted") {
  const std::string text = pooled("relu", "[0,0]", "%3");
  CHECK_PASS(foldPadding, text.c_str(),
             "%0: f32[1,6,6,2] = parameter {index=0} %1: f32[1,6,6,2] = relu %0"
             "%2: f32[1,3,3,2], %3: i32[1,3,3,2] = max_pool %1 {window=[3,3], strides=[2,2], padLow=[1,1],"
             " padHigh=[1,1], dilation=[1,1], countPadding=false, spatial=[]} outputs %2");
  for (const std::string& other : {pooled("neg", "[0,0]", "%3"), pooled("relu", "[0,0]", "%4")}) {
    CHECK_PASS(foldPadding, other.c_str(), other.c_str());
  }
}

TEST_CASE("fold-padding: a window of nothing but zeros stays") {
  const char* text =
      "%0: f32[1,6,2] = parameter {index=0} %1: f32[1,6,2] = relu %0"
      "%2: f32[1,8,2] = pad %1 {low=[0,2,0], high=[0,0,0], interior=[0,0,0], value=0}"
      "%3: f32[1,4,2], %4: i32[1,4,2] = max_pool %2 {window=[2], strides=[2], padLow=[0], padHigh=[0], dilation=[1],"
      " countPadding=false, spatial=[]} outputs %3";
  CHECK_PASS(foldPadding, text, text);
}

}  // namespace
}  // namespace ibex
