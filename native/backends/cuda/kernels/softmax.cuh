// softmax, log_softmax and their gradients over rows. After row_group.cuh and softmax_row.cuh.
namespace ibex_device {

struct SoftmaxArguments {
  const Stored* first;   // x; of a gradient dy
  const Stored* second;  // of a gradient y
  Stored* out;
  int64_t rows;
  int64_t columns;
};

// `finish` makes of an element, the row's largest and what belongs to its sum an element of the result.
template <class OfSum, class Finish>
IBEX_FN void forwardRow(const SoftmaxArguments& a, OfSum ofSum, Finish finish) {
  const int64_t row = groupRow();
  const int64_t columns = row < a.rows ? a.columns : 0;
  const Stored* x = a.first + row * a.columns;
  Value kept[KEPT];
  const Two found = maximumAndSum(x, columns, kept);
  const Value factor = ofSum(found.b);
  eachVector(columns, [&](int64_t column, int place) {
    readAgain(x + column, kept + place);
    for (int i = 0; i < VECTOR; ++i) kept[place + i] = finish(kept[place + i], found.a, factor);
    writeVector(a.out + row * a.columns + column, kept + place);
  });
}

// `term`: what is summed up of dy and y; `finish`: of dy, y and the sum.
template <class Term, class Finish>
IBEX_FN void gradientRow(const SoftmaxArguments& a, Term term, Finish finish) {
  const int64_t row = groupRow();
  const int64_t columns = row < a.rows ? a.columns : 0;
  const Stored* first = a.first + row * a.columns;
  const Stored* second = a.second + row * a.columns;
  Value dy[KEPT], y[KEPT];
  Value sum = 0;
  eachVector(columns, [&](int64_t column, int place) {
    readVector(first + column, dy + place);
    readVector(second + column, y + place);
    for (int i = 0; i < VECTOR; ++i) sum += term(dy[place + i], y[place + i]);
  });
  sum = groupSum(sum);
  eachVector(columns, [&](int64_t column, int place) {
    readAgain(first + column, dy + place);
    readAgain(second + column, y + place);
    for (int i = 0; i < VECTOR; ++i) dy[place + i] = finish(dy[place + i], y[place + i], sum);
    writeVector(a.out + row * a.columns + column, dy + place);
  });
}

extern "C" __global__ void __launch_bounds__(ROW_THREADS) softmax(SoftmaxArguments a) {
  forwardRow(a, [](Value sum) { return Value(1) / sum; },
             [](Value x, Value top, Value scale) { return exp(x - top) * scale; });
}

extern "C" __global__ void __launch_bounds__(ROW_THREADS) logSoftmax(SoftmaxArguments a) {
  forwardRow(a, [](Value sum) { return log(sum); }, [](Value x, Value top, Value logSum) { return (x - top) - logSum; });
}

extern "C" __global__ void __launch_bounds__(ROW_THREADS) softmaxGrad(SoftmaxArguments a) {
  gradientRow(a, [](Value dy, Value y) { return dy * y; }, [](Value dy, Value y, Value sum) { return y * (dy - sum); });
}

extern "C" __global__ void __launch_bounds__(ROW_THREADS) logSoftmaxGrad(SoftmaxArguments a) {
  gradientRow(a, [](Value dy, Value) { return dy; }, [](Value dy, Value y, Value sum) { return dy - exp(y) * sum; });
}

}  // namespace ibex_device
