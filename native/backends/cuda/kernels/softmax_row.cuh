// The largest element of a row, and the sum of exponentials under it. After row_group.cuh.
namespace ibex_device {

// Two parts of a row: a is the largest element so far, b the sum under it.
IBEX_FN Two joined(Two x, Two y) {
  const Value top = larger(x.a, y.a);
  return {top, (x.a == top ? x.b : x.b * exp(x.a - top)) + (y.a == top ? y.b : y.b * exp(y.a - top))};
}

// Leaves the row in `kept` where that holds it. As the CPU has it, -inf counts nothing beside other numbers, and a row of
// nothing else, of +inf or with NaN gives a sum that is NaN.
IBEX_FN Two maximumAndSum(const Stored* x, int64_t columns, Value* kept) {
  const Value lowest = -infinity<Value>();
#if ITEMS > 0
  Value top = lowest;
  eachVector(columns, [&](int64_t column, int place) {
    readVector(x + column, kept + place);
    for (int i = 0; i < VECTOR; ++i) top = larger(kept[place + i], top);
  });
  top = groupReduce(top, [](Value a, Value b) { return larger(a, b); });
  Value sum = 0;
  eachVector(columns, [&](int64_t column, int place) {
    for (int i = 0; i < VECTOR; ++i) sum += exp(kept[place + i] - top);
  });
  return {top, groupSum(sum)};
#else
  // Read once: what was summed is brought under each new largest element.
  Two row = {lowest, 0};
  eachVector(columns, [&](int64_t column, int) {
    readVector(x + column, kept);
    Value top = row.a;
    for (int i = 0; i < VECTOR; ++i) top = larger(kept[i], top);
    if (top > row.a) row.b *= exp(row.a - top);
    row.a = top;
    for (int i = 0; i < VECTOR; ++i) row.b += kept[i] == lowest ? Value(0) : exp(kept[i] - top);
  });
  row = groupReduce(row, [](Two a, Two b) { return joined(a, b); });
  if (row.a == lowest) row.b = std::numeric_limits<Value>::quiet_NaN();
  return row;
#endif
}

}  // namespace ibex_device
