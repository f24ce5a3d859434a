// Generated from packages/tensor/src/ops/defs by scripts/gen-ops.mjs. Do not edit.
//
// Include inside a namespace, after ir/scalar_math.h (see there); no include guard, on purpose. T is bool, an integer,
// float or double: float16 and bfloat16 are computed in float.
// The lists: X(name, accepts, result) with Op::k##name, name##Op, kAccepts##accepts<T>, and result Same or Bool.

#define IBEX_UNARY_OPS(X) \
  X(Neg, Number, Same) \
  X(Abs, Any, Same) \
  X(Sign, Any, Same) \
  X(Exp, Float, Same) \
  X(Expm1, Float, Same) \
  X(Log, Float, Same) \
  X(Log1p, Float, Same) \
  X(Log2, Float, Same) \
  X(Sqrt, Float, Same) \
  X(Rsqrt, Float, Same) \
  X(Reciprocal, Float, Same) \
  X(Square, Number, Same) \
  X(Sin, Float, Same) \
  X(Cos, Float, Same) \
  X(Tan, Float, Same) \
  X(Asin, Float, Same) \
  X(Acos, Float, Same) \
  X(Atan, Float, Same) \
  X(Sinh, Float, Same) \
  X(Cosh, Float, Same) \
  X(Tanh, Float, Same) \
  X(Asinh, Float, Same) \
  X(Acosh, Float, Same) \
  X(Atanh, Float, Same) \
  X(Erf, Float, Same) \
  X(Erfinv, Float, Same) \
  X(Erfc, Float, Same) \
  X(Lgamma, Float, Same) \
  X(Digamma, Float, Same) \
  X(Floor, Float, Same) \
  X(Ceil, Float, Same) \
  X(Round, Float, Same) \
  X(Trunc, Float, Same) \
  X(Sigmoid, Float, Same) \
  X(Softplus, Float, Same) \
  X(Relu, Any, Same) \
  X(IsNan, Float, Bool) \
  X(IsInf, Float, Bool) \
  X(IsFinite, Float, Bool) \
  X(LogicalNot, Bool, Bool) \
  X(BitwiseNot, Bits, Same)

#define IBEX_BINARY_OPS(X) \
  X(Add, Any, Same) \
  X(Sub, Number, Same) \
  X(Mul, Any, Same) \
  X(Div, Float, Same) \
  X(FloorDiv, Number, Same) \
  X(Mod, Number, Same) \
  X(Pow, Number, Same) \
  X(Maximum, Any, Same) \
  X(Minimum, Any, Same) \
  X(Atan2, Float, Same) \
  X(Equal, Any, Bool) \
  X(NotEqual, Any, Bool) \
  X(Less, Any, Bool) \
  X(LessEqual, Any, Bool) \
  X(Greater, Any, Bool) \
  X(GreaterEqual, Any, Bool) \
  X(LogicalAnd, Bool, Bool) \
  X(LogicalOr, Bool, Bool) \
  X(LogicalXor, Bool, Bool) \
  X(BitwiseAnd, Bits, Same) \
  X(BitwiseOr, Bits, Same) \
  X(BitwiseXor, Bits, Same) \
  X(ShiftLeft, Int, Same) \
  X(ShiftRight, Int, Same)

struct NegOp {
  template <class T>
  IBEX_SCALAR_FN T apply(T x) {
    if constexpr (std::is_floating_point_v<T>) {
      return static_cast<T>(-x);
    } else {
      return static_cast<T>(wrapSub(T(0), x));
    }
  }
};

struct AbsOp {
  template <class T>
  IBEX_SCALAR_FN T apply(T x) {
    if constexpr (std::is_floating_point_v<T>) {
      return static_cast<T>(fabs(x));
    } else {
      return static_cast<T>(x < T(0) ? wrapSub(T(0), x) : x);
    }
  }
};

struct SignOp {
  template <class T>
  IBEX_SCALAR_FN T apply(T x) {
    return static_cast<T>(x > T(0) ? T(1) : (x < T(0) ? T(-1) : x));
  }
};

struct ExpOp {
  template <class T>
  IBEX_SCALAR_FN T apply(T x) {
    return static_cast<T>(exp(x));
  }
};

struct Expm1Op {
  template <class T>
  IBEX_SCALAR_FN T apply(T x) {
    return static_cast<T>(expm1(x));
  }
};

struct LogOp {
  template <class T>
  IBEX_SCALAR_FN T apply(T x) {
    return static_cast<T>(log(x));
  }
};

struct Log1pOp {
  template <class T>
  IBEX_SCALAR_FN T apply(T x) {
    return static_cast<T>(log1p(x));
  }
};

struct Log2Op {
  template <class T>
  IBEX_SCALAR_FN T apply(T x) {
    return static_cast<T>(log2(x));
  }
};

struct SqrtOp {
  template <class T>
  IBEX_SCALAR_FN T apply(T x) {
    return static_cast<T>(sqrt(x));
  }
};

struct RsqrtOp {
  template <class T>
  IBEX_SCALAR_FN T apply(T x) {
    return static_cast<T>(T(1) / sqrt(x));
  }
};

struct ReciprocalOp {
  template <class T>
  IBEX_SCALAR_FN T apply(T x) {
    return static_cast<T>(T(1) / x);
  }
};

struct SquareOp {
  template <class T>
  IBEX_SCALAR_FN T apply(T x) {
    if constexpr (std::is_floating_point_v<T>) {
      return static_cast<T>(x * x);
    } else {
      return static_cast<T>(wrapMul(x, x));
    }
  }
};

struct SinOp {
  template <class T>
  IBEX_SCALAR_FN T apply(T x) {
    return static_cast<T>(sin(x));
  }
};

struct CosOp {
  template <class T>
  IBEX_SCALAR_FN T apply(T x) {
    return static_cast<T>(cos(x));
  }
};

struct TanOp {
  template <class T>
  IBEX_SCALAR_FN T apply(T x) {
    return static_cast<T>(tan(x));
  }
};

struct AsinOp {
  template <class T>
  IBEX_SCALAR_FN T apply(T x) {
    return static_cast<T>(asin(x));
  }
};

struct AcosOp {
  template <class T>
  IBEX_SCALAR_FN T apply(T x) {
    return static_cast<T>(acos(x));
  }
};

struct AtanOp {
  template <class T>
  IBEX_SCALAR_FN T apply(T x) {
    return static_cast<T>(atan(x));
  }
};

struct SinhOp {
  template <class T>
  IBEX_SCALAR_FN T apply(T x) {
    return static_cast<T>(sinh(x));
  }
};

struct CoshOp {
  template <class T>
  IBEX_SCALAR_FN T apply(T x) {
    return static_cast<T>(cosh(x));
  }
};

struct TanhOp {
  template <class T>
  IBEX_SCALAR_FN T apply(T x) {
    return static_cast<T>(tanh(x));
  }
};

struct AsinhOp {
  template <class T>
  IBEX_SCALAR_FN T apply(T x) {
    return static_cast<T>(asinh(x));
  }
};

struct AcoshOp {
  template <class T>
  IBEX_SCALAR_FN T apply(T x) {
    return static_cast<T>(acosh(x));
  }
};

struct AtanhOp {
  template <class T>
  IBEX_SCALAR_FN T apply(T x) {
    return static_cast<T>(atanh(x));
  }
};

struct ErfOp {
  template <class T>
  IBEX_SCALAR_FN T apply(T x) {
    return static_cast<T>(erf(x));
  }
};

struct ErfinvOp {
  template <class T>
  IBEX_SCALAR_FN T apply(T x) {
    return static_cast<T>(erfinv(x));
  }
};

struct ErfcOp {
  template <class T>
  IBEX_SCALAR_FN T apply(T x) {
    return static_cast<T>(erfc(x));
  }
};

struct LgammaOp {
  template <class T>
  IBEX_SCALAR_FN T apply(T x) {
    return static_cast<T>(lgamma(x));
  }
};

struct DigammaOp {
  template <class T>
  IBEX_SCALAR_FN T apply(T x) {
    return static_cast<T>(digamma(x));
  }
};

struct FloorOp {
  template <class T>
  IBEX_SCALAR_FN T apply(T x) {
    return static_cast<T>(floor(x));
  }
};

struct CeilOp {
  template <class T>
  IBEX_SCALAR_FN T apply(T x) {
    return static_cast<T>(ceil(x));
  }
};

struct RoundOp {
  template <class T>
  IBEX_SCALAR_FN T apply(T x) {
    return static_cast<T>(rint(x));
  }
};

struct TruncOp {
  template <class T>
  IBEX_SCALAR_FN T apply(T x) {
    return static_cast<T>(trunc(x));
  }
};

struct SigmoidOp {
  template <class T>
  IBEX_SCALAR_FN T apply(T x) {
    return static_cast<T>(sigmoid(x));
  }
};

struct SoftplusOp {
  template <class T>
  IBEX_SCALAR_FN T apply(T x) {
    return static_cast<T>(softplus(x));
  }
};

struct ReluOp {
  template <class T>
  IBEX_SCALAR_FN T apply(T x) {
    return static_cast<T>(x < T(0) ? T(0) : x);
  }
};

struct IsNanOp {
  template <class T>
  IBEX_SCALAR_FN bool apply(T x) {
    return x != x;
  }
};

struct IsInfOp {
  template <class T>
  IBEX_SCALAR_FN bool apply(T x) {
    return fabs(x) == infinity<T>();
  }
};

struct IsFiniteOp {
  template <class T>
  IBEX_SCALAR_FN bool apply(T x) {
    return fabs(x) < infinity<T>();
  }
};

struct LogicalNotOp {
  template <class T>
  IBEX_SCALAR_FN bool apply(T x) {
    return !x;
  }
};

struct BitwiseNotOp {
  template <class T>
  IBEX_SCALAR_FN T apply(T x) {
    return static_cast<T>(bitNot(x));
  }
};

struct AddOp {
  template <class T>
  IBEX_SCALAR_FN T apply(T a, T b) {
    if constexpr (std::is_floating_point_v<T>) {
      return static_cast<T>(a + b);
    } else {
      return static_cast<T>(wrapAdd(a, b));
    }
  }
};

struct SubOp {
  template <class T>
  IBEX_SCALAR_FN T apply(T a, T b) {
    if constexpr (std::is_floating_point_v<T>) {
      return static_cast<T>(a - b);
    } else {
      return static_cast<T>(wrapSub(a, b));
    }
  }
};

struct MulOp {
  template <class T>
  IBEX_SCALAR_FN T apply(T a, T b) {
    if constexpr (std::is_floating_point_v<T>) {
      return static_cast<T>(a * b);
    } else {
      return static_cast<T>(wrapMul(a, b));
    }
  }
};

struct DivOp {
  template <class T>
  IBEX_SCALAR_FN T apply(T a, T b) {
    return static_cast<T>(a / b);
  }
};

struct FloorDivOp {
  template <class T>
  IBEX_SCALAR_FN T apply(T a, T b) {
    if constexpr (std::is_floating_point_v<T>) {
      return static_cast<T>(floor(a / b));
    } else {
      return static_cast<T>(intFloorDiv(a, b));
    }
  }
};

struct ModOp {
  template <class T>
  IBEX_SCALAR_FN T apply(T a, T b) {
    if constexpr (std::is_floating_point_v<T>) {
      return static_cast<T>(floorMod(a, b));
    } else {
      return static_cast<T>(intFloorMod(a, b));
    }
  }
};

struct PowOp {
  template <class T>
  IBEX_SCALAR_FN T apply(T a, T b) {
    if constexpr (std::is_floating_point_v<T>) {
      return static_cast<T>(pow(a, b));
    } else {
      return static_cast<T>(intPow(a, b));
    }
  }
};

struct MaximumOp {
  template <class T>
  IBEX_SCALAR_FN T apply(T a, T b) {
    return static_cast<T>((a > b || a != a) ? a : b);
  }
};

struct MinimumOp {
  template <class T>
  IBEX_SCALAR_FN T apply(T a, T b) {
    return static_cast<T>((a < b || a != a) ? a : b);
  }
};

struct Atan2Op {
  template <class T>
  IBEX_SCALAR_FN T apply(T a, T b) {
    return static_cast<T>(atan2(a, b));
  }
};

struct EqualOp {
  template <class T>
  IBEX_SCALAR_FN bool apply(T a, T b) {
    return a == b;
  }
};

struct NotEqualOp {
  template <class T>
  IBEX_SCALAR_FN bool apply(T a, T b) {
    return a != b;
  }
};

struct LessOp {
  template <class T>
  IBEX_SCALAR_FN bool apply(T a, T b) {
    return a < b;
  }
};

struct LessEqualOp {
  template <class T>
  IBEX_SCALAR_FN bool apply(T a, T b) {
    return a <= b;
  }
};

struct GreaterOp {
  template <class T>
  IBEX_SCALAR_FN bool apply(T a, T b) {
    return a > b;
  }
};

struct GreaterEqualOp {
  template <class T>
  IBEX_SCALAR_FN bool apply(T a, T b) {
    return a >= b;
  }
};

struct LogicalAndOp {
  template <class T>
  IBEX_SCALAR_FN bool apply(T a, T b) {
    return a && b;
  }
};

struct LogicalOrOp {
  template <class T>
  IBEX_SCALAR_FN bool apply(T a, T b) {
    return a || b;
  }
};

struct LogicalXorOp {
  template <class T>
  IBEX_SCALAR_FN bool apply(T a, T b) {
    return a != b;
  }
};

struct BitwiseAndOp {
  template <class T>
  IBEX_SCALAR_FN T apply(T a, T b) {
    return static_cast<T>(a & b);
  }
};

struct BitwiseOrOp {
  template <class T>
  IBEX_SCALAR_FN T apply(T a, T b) {
    return static_cast<T>(a | b);
  }
};

struct BitwiseXorOp {
  template <class T>
  IBEX_SCALAR_FN T apply(T a, T b) {
    return static_cast<T>(a ^ b);
  }
};

struct ShiftLeftOp {
  template <class T>
  IBEX_SCALAR_FN T apply(T a, T b) {
    return static_cast<T>(shiftLeft(a, b));
  }
};

struct ShiftRightOp {
  template <class T>
  IBEX_SCALAR_FN T apply(T a, T b) {
    return static_cast<T>(shiftRight(a, b));
  }
};
