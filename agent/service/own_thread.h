// Threads that the process they live in does not notice: every signal blocked, descriptors of their
// own, a small stack.
#pragma once

#include <pthread.h>

#include <cstddef>

namespace whyalive::agent {

inline constexpr std::size_t kSmallStack = std::size_t{1} << 20;
// For a thread that Python code will run on, here or in a copy: what the interpreter takes for
// granted. Address space only, until it is used.
inline constexpr std::size_t kPythonStack = std::size_t{8} << 20;

// pthread_create with all signals blocked; returns its error.
int startOwnThread(pthread_t& thread, void* (*run)(void*), void* context,
                   std::size_t stackBytes = kSmallStack);

// How many others there are: the process's own. Its main thread counts even after its end.
int otherThreadCount();
// Has that called on the calling thread when it ends by returning or by pthread_exit.
void whenThisThreadEnds(void (*then)());
// In the child of a fork, where none of them exists.
void forgetOwnThreads();

// Gives the calling thread, and those it will start, a descriptor table of their own with nothing
// but /dev/null at 0, 1 and 2. The process's descriptors stay as they are and are not kept open
// from here.
void useOwnDescriptors();

}  // namespace whyalive::agent
