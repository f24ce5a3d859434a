// sparse_crossentropy over rows of logits, and its gradient. After row_group.cuh and softmax_row.cuh. Macro LABEL: the type
// of the labels.
namespace ibex_device {

typedef LABEL Label;

struct CrossentropyArguments {
  const Stored* logits;
  const Label* labels;
  Value* loss;
  Value* maximum;
  Value* logSum;
  int64_t rows;
  int64_t columns;
  FaultSink* faults;
  int64_t axis;  // of the classes
  int32_t origin;
};

struct CrossentropyGradArguments {
  const Value* dloss;
  const Stored* logits;
  const Label* labels;
  const Value* maximum;
  const Value* logSum;
  Stored* out;
  int64_t rows;
  int64_t columns;
};

extern "C" __global__ void __launch_bounds__(ROW_THREADS) sparseCrossentropy(CrossentropyArguments a) {
  const int64_t row = groupRow();
  const int64_t columns = row < a.rows ? a.columns : 0;
  const Stored* x = a.logits + row * a.columns;
  Value kept[KEPT];
  const Two found = maximumAndSum(x, columns, kept);
  if (row >= a.rows || groupLane() != 0) return;
  const int64_t label = a.labels[row];
  if (label < 0 || label >= a.columns) return noteFault(a.faults, a.origin, label, row, a.axis, a.columns);
  const Value logSum = log(found.b);
  a.maximum[row] = found.a;
  a.logSum[row] = logSum;
  a.loss[row] = logSum - (Element<Stored, Value>::load(x[label]) - found.a);
}

extern "C" __global__ void __launch_bounds__(ROW_THREADS) sparseCrossentropyGrad(CrossentropyGradArguments a) {
  const int64_t row = groupRow();
  if (row >= a.rows) return;
  const Value dloss = a.dloss[row];
  const Value maximum = a.maximum[row];
  const Value logSum = a.logSum[row];
  const int64_t label = a.labels[row];
  Value kept[KEPT];
  eachVector(a.columns, [&](int64_t column, int place) {
    readVector(a.logits + row * a.columns + column, kept + place);
    for (int i = 0; i < VECTOR; ++i) {
      const Value dx = dloss * exp((kept[place + i] - maximum) - logSum);
      kept[place + i] = column + i == label ? dx - dloss : dx;
    }
    writeVector(a.out + row * a.columns + column, kept + place);
  });
}

}  // namespace ibex_device
