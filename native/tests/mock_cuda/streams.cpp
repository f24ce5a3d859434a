// The mock's streams, events and graphs.
#include <cstdlib>
#include <string_view>
#include <utility>

#include "tests/mock_cuda/state.h"

using namespace ibex::cuda;
using namespace ibex::mock;

namespace ibex::mock {

CuResult enqueue(CuStream stream, Task task) {
  if (const CuResult result = usable(stream)) return result;
  stream->queue.push(std::move(task));
  return 0;
}

void waitForAll(CuContext context) {
  std::set<CuStream> streams;
  {
    const std::lock_guard lock(context->mutex);
    streams = context->streams;
  }
  for (CuStream stream : streams) {
    if (!stream->capturing) waitFor(*stream->queue.progress(), stream->queue.pushed());
  }
}

}  // namespace ibex::mock

namespace {

Order orderOfNew() {
  const char* given = std::getenv("IBEX_MOCK_CUDA_STREAMS");
  const std::string_view name = given == nullptr ? "" : given;
  return name == "late" ? Order::kLate : name == "uploads-early" ? Order::kUploadsEarly : Order::kThreads;
}

}  // namespace

IBEX_MOCK_EXPORT cuStreamCreate(CuStream* stream, unsigned) {
  if (const CuResult result = usable()) return result;
  *stream = new CuStreamHandle(orderOfNew());
  (*stream)->context = current;
  const std::lock_guard lock(current->mutex);
  current->streams.insert(*stream);
  return 0;
}

IBEX_MOCK_EXPORT cuStreamDestroy_v2(CuStream stream) {
  {
    const std::lock_guard lock(stream->context->mutex);
    stream->context->streams.erase(stream);
  }
  delete stream;
  return 0;
}

IBEX_MOCK_EXPORT cuStreamSynchronize(CuStream stream) {
  if (const CuResult result = usable(stream)) return result;
  if (stream->capturing) return kCaptureUnsupported;
  waitFor(*stream->queue.progress(), stream->queue.pushed());
  return usable(stream);
}

IBEX_MOCK_EXPORT cuStreamQuery(CuStream stream) {
  if (const CuResult result = usable(stream)) return result;
  if (stream->capturing) return kCaptureUnsupported;
  return isDone(*stream->queue.progress(), stream->queue.pushed()) ? 0 : kCuNotReady;
}

IBEX_MOCK_EXPORT cuStreamWaitEvent(CuStream stream, CuEvent event, unsigned) {
  if (const CuResult result = usable(stream)) return result;
  if (stream->capturing) return kCaptureUnsupported;
  if (event->progress == nullptr) return 0;  // never recorded
  return enqueue(stream, {.work = nullptr, .isUpload = false, .awaited = event->progress, .count = event->count});
}

IBEX_MOCK_EXPORT cuStreamBeginCapture_v2(CuStream stream, int) {
  if (const CuResult result = usable(stream)) return result;
  if (stream->capturing.exchange(true)) return kCaptureUnsupported;
  stream->queue.beginRecording();
  return 0;
}

IBEX_MOCK_EXPORT cuStreamEndCapture(CuStream stream, CuGraph* graph) {
  if (!stream->capturing.exchange(false)) return kInvalidValue;
  *graph = new CuGraphHandle{stream->queue.endRecording()};
  return 0;
}

IBEX_MOCK_EXPORT cuGraphInstantiateWithFlags(CuGraphExec* executable, CuGraph graph, unsigned long long) {
  *executable = new CuGraphExecHandle{graph->tasks};
  return 0;
}

IBEX_MOCK_EXPORT cuGraphLaunch(CuGraphExec executable, CuStream stream) {
  if (const CuResult result = usable(stream)) return result;
  for (const Task& task : executable->tasks) stream->queue.push(task);
  return 0;
}

IBEX_MOCK_EXPORT cuGraphExecDestroy(CuGraphExec executable) {
  delete executable;
  return 0;
}

IBEX_MOCK_EXPORT cuGraphDestroy(CuGraph graph) {
  delete graph;
  return 0;
}

IBEX_MOCK_EXPORT cuEventCreate(CuEvent* event, unsigned) {
  *event = new CuEventHandle;
  return 0;
}

IBEX_MOCK_EXPORT cuEventRecord(CuEvent event, CuStream stream) {
  if (const CuResult result = usable(stream)) return result;
  if (stream->capturing) return kCaptureUnsupported;
  const auto passed = std::make_shared<std::chrono::steady_clock::time_point>();
  // Nothing to wait for, as an upload: the event passes with what is before it.
  const uint64_t count =
      stream->queue.push({.work = [passed] { *passed = std::chrono::steady_clock::now(); }, .isUpload = true});
  *event = CuEventHandle{stream->queue.progress(), count, passed};
  return 0;
}

IBEX_MOCK_EXPORT cuEventQuery(CuEvent event) {
  if (const CuResult result = usable()) return result;
  return event->progress == nullptr || isDone(*event->progress, event->count) ? 0 : kCuNotReady;
}

IBEX_MOCK_EXPORT cuEventSynchronize(CuEvent event) {
  if (event->progress != nullptr) waitFor(*event->progress, event->count);
  return usable();
}

IBEX_MOCK_EXPORT cuEventElapsedTime(float* milliseconds, CuEvent from, CuEvent to) {
  for (const CuEvent event : {from, to}) {
    if (event->passed == nullptr) return kInvalidValue;
    if (!isDone(*event->progress, event->count)) return kCuNotReady;
  }
  *milliseconds = std::chrono::duration<float, std::milli>(*to->passed - *from->passed).count();
  return 0;
}

IBEX_MOCK_EXPORT cuEventDestroy_v2(CuEvent event) {
  delete event;
  return 0;
}
