// What kernels of attention are called with. After values.cuh. Macros: DEPTH (of queries and keys),
// VALUE_DEPTH, CAUSAL and MASK (0 or 1).
namespace ibex_device {

struct AttentionSizes {
  int64_t batch, queries, heads, keys, keyHeads;
  int64_t maskBatch, maskHead, maskQuery;  // distances in the mask
  double scale;

  // Rows of a head: where the first is, from which each step goes to the next.
  __device__ int64_t queryOf(int64_t b, int64_t h, int64_t width) const { return (b * queries * heads + h) * width; }
  __device__ int64_t keyOf(int64_t b, int64_t h, int64_t width) const { return (b * keys * keyHeads + h) * width; }
  __device__ const bool* maskOf(const bool* mask, int64_t b, int64_t h) const {
    return MASK ? mask + b * maskBatch + h * maskHead : nullptr;
  }
  // Does the query see the key? `mask` is the head's.
  __device__ bool sees(const bool* mask, int64_t query, int64_t key) const {
    if (query >= queries || key >= keys || (CAUSAL && key > query)) return false;
    return !MASK || mask[query * maskQuery + key];
  }
};

IBEX_FN Value lowest() { return -infinity<Value>(); }
IBEX_FN Value largerOrNaN(Value a, Value b) { return a > b || a != a ? a : b; }

struct AttentionArguments {
  const Stored* q;
  const Stored* k;
  const Stored* v;
  const bool* mask;
  Stored* out;
  Value* logSum;
  AttentionSizes sizes;
};

struct AttentionGradArguments {
  const Stored* dout;
  const Stored* q;
  const Stored* k;
  const Stored* v;
  const Stored* out;
  const Value* logSum;
  const bool* mask;
  Stored* dq;
  Stored* dk;
  Stored* dv;
  Value* delta;  // sums of dout * out of each query
  AttentionSizes sizes;
};

}  // namespace ibex_device
