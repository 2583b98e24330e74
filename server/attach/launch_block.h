// What the loader puts into the target: a page of code and, next to it, a page of data.
//
//   code page   launch(): run by the interrupted thread, starts a new thread and waits to be put
//   back
//               loadAndStart(): what the new thread does; unmaps both pages at its end
//   data page   a LaunchBlock: addresses of the functions to call, what to load, and the outcome
//
// The two functions are compiled with this program and copied as bytes, so they call nothing but
// through the block, use no constants in memory and no library. The loader reads the outcome
// without stopping the target.
#pragma once

#include <pthread.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace whyalive::attach {

inline constexpr std::size_t kPageSize = 4096;
inline constexpr std::size_t kLongestPath = 1000;
inline constexpr std::size_t kLongestText = 800;

enum class LaunchState : std::uint32_t {
  Prepared,       // nothing has happened
  Launched,       // the new thread runs
  WaitingForGil,  // it has asked for the interpreter
  Loading,        // it has the interpreter and loads the library, as an import would
  Starting,       // it has let go of the interpreter and calls the library's entry
  // Final: the outcome is there to be read.
  Started,         // `entryResult` is what the entry returned
  LoadFailed,      // `text` is the dynamic linker's reason
  EntryMissing,    // likewise
  NotInitialised,  // no interpreter in this process, or it is shutting down
  Cancelled,       // as the loader wished
};
constexpr bool isFinal(LaunchState state) { return state >= LaunchState::Started; }

// The library's entry: 0 for success. It may leave a text: on failure the reason, on success what
// it wants the loader to know.
using EntryFunction = int(const char* argument, char* text, std::size_t textSize);

// How far launch() is: written by the interrupted thread, read while it is stopped.
enum class LaunchStep : std::uint32_t {
  Running,   // starting the thread
  Waiting,   // done; the loader may put the thread back where it was
  Returned,  // the loader took too long or is dead: the thread has gone back by itself
};

struct LaunchFunctions {
  int (*createThread)(pthread_t*, const void*, void* (*)(void*), void*);
  pthread_t (*self)();
  int (*detachThread)(pthread_t);
  int* (*errnoLocation)();
  long (*systemCall)(long, ...);
  int (*sleepMicroseconds)(unsigned);
  void* (*unmap)(void*, std::size_t);  // munmap; its result is not looked at
  void* (*open)(const char*, int);
  void* (*symbol)(void*, const char*);
  char* (*error)();
  int (*interpreterInitialised)();
  int (*interpreterFinalizing)();  // null where the interpreter has no such question
  int (*takeGil)();
  void (*releaseGil)(int);
  EntryFunction* entry;  // known already if the library is there from before, else null
};

struct LaunchBlock {
  LaunchFunctions call;
  void* (*threadMain)(void*);  // loadAndStart, where it is in the target
  void* pages;                 // both, for unmapping
  std::size_t pagesSize;
  int openMode;
  std::uint32_t cancel;        // set by the loader
  std::uint32_t acknowledged;  // set by the loader when it has read the outcome
  std::uint32_t state;         // a LaunchState
  std::uint32_t step;          // a LaunchStep
  int createResult;            // of createThread
  pthread_t thread;
  long threadId;
  int entryResult;
  std::uint32_t padding;
  std::int64_t askedNs, takenNs, releasedNs, startedNs;  // CLOCK_MONOTONIC
  char path[kLongestPath];
  char entryName[64];
  char argument[kLongestPath];
  char text[kLongestText];
};
static_assert(sizeof(LaunchBlock) <= kPageSize);

// Both functions as they lie in this program, and where each begins.
struct LaunchCode {
  std::span<const std::byte> bytes;
  std::size_t launchAt = 0;
  std::size_t threadMainAt = 0;
};
LaunchCode launchCode();

}  // namespace whyalive::attach
