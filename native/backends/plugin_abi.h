/* The boundary between the core and backends in libraries of their own (libibex_cuda.so): a table of C functions.
 *
 * A plug-in exports `const IbexPluginTable* ibex_plugin(void)`. The host uses a table only when its abi and opTableHash
 * are the host's own; nothing but these two and `name` may be read before that. No C++ type and no exception crosses:
 * functions return a status, and lastError() tells the calling thread what its last failing call had to say.
 *
 * Threads: probe, prepare, allocate and release, and all about events but recordEvent may be called by any thread; all that
 * works on a device (copies, run, recordEvent, capture) by one thread at a time. Work is done in the order of the calls, but
 * for uploads and fetches, and need not be done when they return, unless a function says that it waits.
 */
#ifndef IBEX_BACKENDS_PLUGIN_ABI_H
#define IBEX_BACKENDS_PLUGIN_ABI_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define IBEX_PLUGIN_ABI 3
#define IBEX_PLUGIN_ENTRY "ibex_plugin"
#define IBEX_PLUGIN_MAX_RANK 16
#define IBEX_PLUGIN_EXPORT __attribute__((visibility("default")))

/* 0 for success, or 1 + the number of an ibex::ErrorCode. */
typedef int32_t IbexStatus;

typedef struct IbexPluginDevice IbexPluginDevice;
typedef struct IbexPluginKernel IbexPluginKernel;
typedef struct IbexPluginEvent IbexPluginEvent;
typedef struct IbexPluginRecording IbexPluginRecording;

/* Texts belong to the plug-in, until the thread's next call. */
typedef struct {
  IbexStatus status;
  const char* message;
  const char* scope; /* of the node that failed, where it is known; else empty */
  int32_t hasFault; /* an index out of range: the next fields say which */
  int64_t index;
  int64_t axis;
  int64_t extent;
  int32_t rank;
  int64_t position[IBEX_PLUGIN_MAX_RANK];
} IbexPluginError;

/* A library, driver or file that the plug-in looked for, for reports. Texts are constant, or belong to the plug-in until
 * the next probe. */
typedef struct {
  const char* name;
  int32_t found;
  int32_t needed;      /* nothing works without it */
  const char* version; /* empty when not known */
  const char* path;
  const char* advice; /* what to do when it is missing */
} IbexPluginComponent;

typedef struct {
  const char* name; /* as the maker calls it */
  const char* detail;
  uint64_t totalBytes;
  uint64_t freeBytes;
} IbexPluginDeviceInfo;

enum { IBEX_KERNEL_RECORDABLE = 1 }; /* run() only puts work on the stream, always the same for the same addresses */

typedef struct IbexPluginTable {
  uint32_t abi;
  uint32_t bytes; /* of this struct */
  uint64_t opTableHash;
  const char* name;  /* devices are name:0, name:1, ... */
  const char* build; /* what it was built with, in words */

  void (*lastError)(IbexPluginError* error);

  /* Looks for what the plug-in needs. Succeeds when devices can be opened; otherwise the error says why not. Cheap when
   * called again, unless `again` asks to look anew. */
  IbexStatus (*probe)(int32_t again);
  int32_t (*componentCount)(void);
  IbexStatus (*component)(int32_t index, IbexPluginComponent* component);
  int32_t (*deviceCount)(void);
  IbexStatus (*deviceInfo)(int32_t index, IbexPluginDeviceInfo* info);
  /* Ops without a kernel, separated by commas; empty when there are none. */
  const char* (*missingOps)(void);

  IbexStatus (*openDevice)(int32_t index, IbexPluginDevice** device);
  /* Waits for the device's work. Kernels, events, recordings and memory must be gone before. */
  void (*closeDevice)(IbexPluginDevice* device);

  /* Per second, at most: operations on float32, those of products of 16-bit floats, bytes of memory traffic. */
  IbexStatus (*limits)(IbexPluginDevice* device, double* flops, double* halfProductFlops, double* bytes);

  /* At least 64-byte aligned; success with null when there is no memory. Released memory may still be used by work that
   * the device has; it is given back after that. */
  IbexStatus (*allocate)(IbexPluginDevice* device, uint64_t bytes, void** memory);
  void (*release)(IbexPluginDevice* device, void* memory, uint64_t bytes);
  /* Host memory that the device can copy from on its own. */
  IbexStatus (*allocateStaging)(IbexPluginDevice* device, uint64_t bytes, void** memory);
  void (*releaseStaging)(IbexPluginDevice* device, void* memory, uint64_t bytes);

  /* From staging memory, which must stay until `done` has passed. It goes on beside the device's other work: it waits for
   * earlier uploads and for `after` only (null: for nothing else), and work that is given later waits for it. */
  IbexStatus (*upload)(IbexPluginDevice* device, void* to, const void* from, uint64_t bytes, IbexPluginEvent* after,
                       IbexPluginEvent** done);
  /* To staging memory, once all work that was given before has been done, and beside what is given later. Both must stay until
   * `done` has passed. */
  IbexStatus (*fetch)(IbexPluginDevice* device, void* to, const void* from, uint64_t bytes, IbexPluginEvent** done);
  /* To any host memory; waits for it, and reports what earlier work did wrong. */
  IbexStatus (*download)(IbexPluginDevice* device, void* to, const void* from, uint64_t bytes);
  IbexStatus (*copy)(IbexPluginDevice* device, void* to, const void* from, uint64_t bytes);
  /* From the memory of another of the plug-in's devices, as work of this one that waits for `after`, an event of the other. The
   * memory must stay until an event recorded afterwards has passed. */
  IbexStatus (*copyFrom)(IbexPluginDevice* device, void* to, IbexPluginDevice* source, const void* from, uint64_t bytes,
                         IbexPluginEvent* after);
  /* Waits for everything, and reports what it did wrong. */
  IbexStatus (*synchronize)(IbexPluginDevice* device);
  /* Reports what work that has been done did wrong, once, unless nothing works any more: download() and synchronize() do not report it again. */
  IbexStatus (*check)(IbexPluginDevice* device);

  /* Prepares the last node of a graph in the binary form of ir/encoder.h, whose other nodes are parameters. */
  IbexStatus (*prepare)(IbexPluginDevice* device, const uint8_t* graph, uint64_t bytes, IbexPluginKernel** kernel);
  void (*destroyKernel)(IbexPluginKernel* kernel);
  uint64_t (*scratchBytes)(const IbexPluginKernel* kernel);
  int32_t (*inPlaceInput)(const IbexPluginKernel* kernel, int32_t output); /* or -1 */
  uint32_t (*kernelFlags)(const IbexPluginKernel* kernel);
  /* io: addresses of the node's inputs, then outputs, then scratch. */
  IbexStatus (*run)(IbexPluginKernel* kernel, void* const* io);

  /* Events only tell how far the work is, not how it went. */
  IbexStatus (*recordEvent)(IbexPluginDevice* device, IbexPluginEvent** event);
  IbexStatus (*eventPassed)(IbexPluginEvent* event, int32_t* passed);
  IbexStatus (*waitEvent)(IbexPluginEvent* event);
  void (*destroyEvent)(IbexPluginEvent* event);
  /* As recordEvent, for timeBetween. */
  IbexStatus (*recordTime)(IbexPluginDevice* device, IbexPluginEvent** event);
  /* Nanoseconds from one such event to the other, on the device's clock. Both must have passed. */
  IbexStatus (*timeBetween)(IbexPluginEvent* from, IbexPluginEvent* to, int64_t* nanoseconds);

  /* Between the two, work is kept instead of done; only copy() and recordable kernels may be used. */
  IbexStatus (*beginRecording)(IbexPluginDevice* device);
  /* Ends it in any case. With a null `recording` what was recorded is dropped. */
  IbexStatus (*endRecording)(IbexPluginDevice* device, IbexPluginRecording** recording);
  IbexStatus (*replay)(IbexPluginRecording* recording);
  void (*destroyRecording)(IbexPluginRecording* recording);
} IbexPluginTable;

#ifdef __cplusplus
}
#endif

#endif
