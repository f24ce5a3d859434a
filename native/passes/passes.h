// The passes, one a file. Each takes a valid graph and leaves a valid graph that computes the same.
#pragma once

#include "ir/graph.h"

namespace ibex {

// Movement and casts that do nothing or say the same in two steps; one spelling of commutative operands.
void canonicalise(Graph& graph);

// Nodes whose operands are constants become constants, up to a limit of size.
void foldConstants(Graph& graph);

// Algebra that changes no float result beyond its rounding.
void simplify(Graph& graph);

// One node for equal computations.
void eliminateCommonSubexpressions(Graph& graph);

// Erases what no output or update needs. Parameters stay: they are the program's signature.
void eliminateDeadCode(Graph& graph);

// Padding with zeros into the convolutions and poolings that read it.
void foldPadding(Graph& graph);

// Bias, residual, relu and (in inference) normalisation into the convolutions and matrix products that they follow.
void fuseEpilogues(Graph& graph);

// Gives every user its own copy of a cheap element-wise op, so that fusion need not store it.
void rematerialise(Graph& graph);

// Element-wise ops and reductions to Op::kFused nodes, as few as memory traffic wants.
void fuse(Graph& graph);

// What fuse() left (all, where it is switched off) to Op::kFused nodes of one op each.
void wrapElementwise(Graph& graph);

// An order of the nodes that keeps little memory alive, and reads states before their updates overwrite them.
void schedule(Graph& graph);

}  // namespace ibex
