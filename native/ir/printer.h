// The text form of a graph, for dumps and pass tests. ir/parser.h reads it back.
//
//   %0: f32[32,10] = parameter {index=0, state=false}
//   %1: f32[] = constant {data=splat 2.5}
//   %2: f32[32,10] = fused %0, %1 {
//     space [320]
//     in0 f32 strides [1] offset 0
//     ...
//   } @"model/dense"
//   outputs %2
//   update 0 %2
#pragma once

#include <string>

#include "ir/graph.h"

namespace ibex {

// Values are numbered in order of definition, so two graphs that differ only in value ids print the same. Constants of
// up to 16 elements print as numbers, larger ones as hexadecimal bytes.
std::string printGraph(const Graph& graph);

// "f32[2,3]".
std::string printType(const Type& type);

}  // namespace ibex
