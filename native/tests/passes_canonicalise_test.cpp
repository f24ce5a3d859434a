#include <doctest/doctest.h>

#include "tests/passes_test_util.h"

namespace ibex {
namespace {

#define X "%0: f32[2,3,4] = parameter {index=0, state=false}\n"

TEST_CASE("canonicalise: reshapes compose, and vanish when nothing changes") {
  CHECK_PASS(canonicalise, X "%1: f32[6,4] = reshape %0 {shape=[6,4]} %2: f32[24] = reshape %1 {shape=[24]} outputs %2",
             X "%1: f32[24] = reshape %0 {shape=[24]} outputs %1");
  CHECK_PASS(canonicalise,
             X "%1: f32[6,4] = reshape %0 {shape=[6,4]} %2: f32[2,3,4] = reshape %1 {shape=[2,3,4]}"
               "%3: f32[2,3,4] = neg %2 outputs %3",
             X "%1: f32[2,3,4] = neg %0 outputs %1");
}

TEST_CASE("canonicalise: transposes compose; those that move no element are reshapes") {
  CHECK_PASS(canonicalise,
             X "%1: f32[4,2,3] = transpose %0 {perm=[2,0,1]} %2: f32[3,4,2] = transpose %1 {perm=[2,0,1]} outputs %2",
             X "%1: f32[3,4,2] = transpose %0 {perm=[1,2,0]} outputs %1");
  CHECK_PASS(canonicalise,
             X "%1: f32[4,2,3] = transpose %0 {perm=[2,0,1]} %2: f32[2,3,4] = transpose %1 {perm=[1,2,0]} outputs %2",
             X "outputs %0");
  CHECK_PASS(canonicalise,
             "%0: f32[3,1,4] = parameter {index=0} %1: f32[1,3,4] = transpose %0 {perm=[1,0,2]} outputs %1",
             "%0: f32[3,1,4] = parameter {index=0} %1: f32[1,3,4] = reshape %0 {shape=[1,3,4]} outputs %1");
}

TEST_CASE("canonicalise: broadcasts look through broadcasts and leading ones") {
  CHECK_PASS(canonicalise,
             "%0: f32[4] = parameter {index=0} %1: f32[1,4] = reshape %0 {shape=[1,4]}"
             "%2: f32[3,4] = broadcast %1 {shape=[3,4]} %3: f32[2,3,4] = broadcast %2 {shape=[2,3,4]} outputs %3",
             "%0: f32[4] = parameter {index=0} %1: f32[2,3,4] = broadcast %0 {shape=[2,3,4]} outputs %1");
  CHECK_PASS(canonicalise, X "%1: f32[1,2,3,4] = broadcast %0 {shape=[1,2,3,4]} outputs %1",
             X "%1: f32[1,2,3,4] = reshape %0 {shape=[1,2,3,4]} outputs %1");
}

TEST_CASE("canonicalise: slices compose, whole slices vanish") {
  CHECK_PASS(canonicalise,
             "%0: f32[20] = parameter {index=0}"
             "%1: f32[8] = slice %0 {starts=[2], limits=[18], strides=[2]}"
             "%2: f32[3] = slice %1 {starts=[1], limits=[8], strides=[3]} outputs %2",
             "%0: f32[20] = parameter {index=0}"
             "%1: f32[3] = slice %0 {starts=[4], limits=[17], strides=[6]} outputs %1");
  CHECK_PASS(canonicalise, X "%1: f32[2,3,4] = slice %0 {starts=[0,0,0], limits=[2,3,4], strides=[1,1,1]} outputs %1",
             X "outputs %0");
  CHECK_PASS(canonicalise,
             "%0: f32[20] = parameter {index=0}"
             "%1: f32[4] = slice %0 {starts=[16], limits=[20], strides=[1]}"
             "%2: f32[0] = slice %1 {starts=[4], limits=[4], strides=[1]} outputs %2",
             "%0: f32[20] = parameter {index=0}"
             "%1: f32[0] = slice %0 {starts=[0], limits=[0], strides=[1]} outputs %1");
}

TEST_CASE("canonicalise: movement that moves nothing") {
  CHECK_PASS(canonicalise,
             X "%1: f32[2,3,4] = pad %0 {low=[0,0,0], high=[0,0,0], interior=[0,0,0], value=1} outputs %1",
             X "outputs %0");
  CHECK_PASS(canonicalise, X "%1: f32[2,3,4] = concat %0 {axis=1} outputs %1", X "outputs %0");
  CHECK_PASS(canonicalise,
             X "%1: f32[2,3,4] = reverse %0 {axes=[2,0]} %2: f32[2,3,4] = reverse %1 {axes=[0,2]} outputs %2",
             X "outputs %0");
  CHECK_PASS(canonicalise, X "%1: f32[2,3,4] = cast %0 outputs %1", X "outputs %0");
  CHECK_PASS(canonicalise, X "%1: f32[2,3,4] = reduce_sum %0 {axes=[], keepdims=false} outputs %1", X "outputs %0");
  CHECK_PASS(canonicalise,
             "%0: f32[3,1] = parameter {index=0} %1: f32[3] = reduce_max %0 {axes=[1], keepdims=false} outputs %1",
             "%0: f32[3,1] = parameter {index=0} %1: f32[3] = reshape %0 {shape=[3]} outputs %1");
}

TEST_CASE("canonicalise: constants come second, comparisons are mirrored for it") {
  CHECK_PASS(canonicalise, X "%1: f32[] = constant {data=[2]} %2: f32[2,3,4] = mul %1, %0 outputs %2",
             X "%1: f32[] = constant {data=[2]} %2: f32[2,3,4] = mul %0, %1 outputs %2");
  CHECK_PASS(canonicalise, X "%1: f32[] = constant {data=[2]} %2: bool[2,3,4] = less %1, %0 outputs %2",
             X "%1: f32[] = constant {data=[2]} %2: bool[2,3,4] = greater %0, %1 outputs %2");
  const char* subtraction = X "%1: f32[] = constant {data=[2]} %2: f32[2,3,4] = sub %1, %0 outputs %2";
  CHECK_PASS(canonicalise, subtraction, subtraction);
}

TEST_CASE("canonicalise: an update with the state's own value is none") {
  CHECK_PASS(canonicalise,
             "%0: f32[2] = parameter {index=3, state=true} %1: f32[2] = cast %0 update 3 %1",
             "%0: f32[2] = parameter {index=3, state=true}");
}

}  // namespace
}  // namespace ibex
