// Threads that the process they live in does not notice: every signal blocked, descriptors of their
// own, a small stack.
#pragma once

#include <pthread.h>

namespace whyalive::agent {

// pthread_create with all signals blocked; returns its error.
int startOwnThread(pthread_t& thread, void* (*run)(void*), void* context);

// Gives the calling thread, and those it will start, a descriptor table of their own with nothing
// but /dev/null at 0, 1 and 2. The process's descriptors stay as they are and are not kept open
// from here.
void useOwnDescriptors();

}  // namespace whyalive::agent
