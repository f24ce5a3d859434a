// The threads of parallel loops: of our kernels and, where oneDNN is built on OpenMP, of the library's (openmp_entry.cpp).
//
// Each thread that starts parallel work (a device's thread) has workers of its own. Between two pieces of work they spin
// for some microseconds, then sleep. A member of a team whose worker has not begun when the starting thread is done with
// its own part is run by that thread: beside busy neighbours a loop slows down to what one thread does, and no more.
#pragma once

namespace ibex::cpu {

// How many threads a team of the calling thread has at most: what setNumThreads gave, else the processors this process
// may use.
int numThreads();

// For teams that the calling thread starts.
void setNumThreads(int threads);

// The calling thread's place in the team it works for: member 0 of 1 outside of one.
struct TeamPlace {
  int member = 0;
  int size = 1;
};
TeamPlace teamPlace();

// Runs work(context) once as each member of a team of `members` threads and returns when all have ended. Within a team,
// or for one member, the calling thread does it alone, as one member. `work` must not throw.
void runTeam(int members, void (*work)(void* context), void* context);

// Waits until all members of the calling thread's team are here.
void teamBarrier();

}  // namespace ibex::cpu
