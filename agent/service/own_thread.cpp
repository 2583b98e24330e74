#include "agent/service/own_thread.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <limits>
#include <memory>

#include "agent/service/process_self.h"

#ifndef CLOSE_RANGE_UNSHARE
#define CLOSE_RANGE_UNSHARE (1U << 1)
#endif

namespace whyalive::agent {
namespace {

std::atomic<int> running{0};  // a fact of the process, as its threads are

struct Body {
  void* (*run)(void*);
  void* context;
};

void* runBody(void* argument) {
  const Body body = *std::unique_ptr<Body>(static_cast<Body*>(argument));
  void* const result = body.run(body.context);
  running.fetch_sub(1);
  return result;
}

}  // namespace

int startOwnThread(pthread_t& thread, void* (*run)(void*), void* context, std::size_t stackBytes) {
  auto body = std::make_unique<Body>(run, context);
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, stackBytes);
  running.fetch_add(1);
  const int error = pthread_create(&thread, &attributes, runBody, body.get());
  pthread_attr_destroy(&attributes);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (error == 0) {
    static_cast<void>(body.release());  // the thread's
  } else {
    running.fetch_sub(1);
  }
  return error;
}

int otherThreadCount() { return self::threads().count - running.load(); }

void whenThisThreadEnds(void (*then)()) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  static pthread_key_t key;
  static bool made = false;
  pthread_once(&once, [] {
    made = pthread_key_create(&key, [](void* call) { reinterpret_cast<void (*)()>(call)(); }) == 0;
  });
  if (made) pthread_setspecific(key, reinterpret_cast<void*>(then));
}

void forgetOwnThreads() { running.store(0); }

void useOwnDescriptors() {
  constexpr unsigned all = std::numeric_limits<unsigned>::max();
  if (syscall(SYS_close_range, 0u, all, CLOSE_RANGE_UNSHARE) != 0) {
    if (unshare(CLONE_FILES) != 0) return;  // then they are shared, which is harmless but visible
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    for (rlim_t fd = 0; fd < limit.rlim_cur && fd < 65536; ++fd) close(static_cast<int>(fd));
  }
  for (int i = 0; i < 3; ++i) {
    [[maybe_unused]] const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  }
}

}  // namespace whyalive::agent
