// What the sanitizers are to do, and what they are to leave alone, in every program that is built
// with them: faults of libraries that are not ours, each with its reason. Built in, because our
// helper processes get no environment.
//
// WHYALIVE_REPORTS: where reports go, a file for each process; tests end servers whose standard
// error nobody reads.
#if defined(WHYALIVE_REPORTS)
#define WHYALIVE_LOG_PATH "log_path=" WHYALIVE_REPORTS
#else
#define WHYALIVE_LOG_PATH ""
#endif

#if defined(__SANITIZE_THREAD__)
#include <dlfcn.h>
#include <pthread.h>
#include <sanitizer/tsan_interface.h>
#endif

extern "C" {

const char* __asan_default_options() { return WHYALIVE_LOG_PATH; }

// Graphviz 2.42 compares a font's name with that of the picture before, which is freed by then.
// whyalive draws each picture in a process of its own; only tests draw two in one.
const char* __asan_default_suppressions() { return "interceptor_via_lib:libgvplugin_pango.so\n"; }

// Font tables and plugins that these libraries keep to the end of the process.
const char* __lsan_default_suppressions() {
  return "leak:libfontconfig.so\n"
         "leak:libgvc.so\n"
         "leak:libgvplugin_\n"
         "leak:libcgraph.so\n"
         "leak:libpango\n"
         "leak:libglib-2.0.so\n"
         "leak:libcairo.so\n";
}

const char* __lsan_default_options() { return "print_suppressions=0"; }

const char* __tsan_default_options() { return WHYALIVE_LOG_PATH; }

// Pango reads the fonts' tables on a thread of its own and waits for it by glib's futexes, which
// ThreadSanitizer does not see. It happens in the helper alone that draws a picture and ends.
const char* __tsan_default_suppressions() { return "race:libfontconfig.so\n"; }

#if defined(__SANITIZE_THREAD__)
// ThreadSanitizer of g++ 12 does not know this function, by which a std::timed_mutex is waited for:
// it would miss the locking and wonder at the unlocking. Here it is told of both.
int pthread_mutex_clocklock(pthread_mutex_t* mutex, clockid_t clock, const timespec* until) {
  using Function = int (*)(pthread_mutex_t*, clockid_t, const timespec*);
  static const auto real = reinterpret_cast<Function>(
      dlsym(dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD), "pthread_mutex_clocklock"));
  __tsan_mutex_pre_lock(mutex, __tsan_mutex_try_lock);
  const int problem = real(mutex, clock, until);
  const unsigned failed = problem == 0 ? 0 : __tsan_mutex_try_lock_failed;
  __tsan_mutex_post_lock(mutex, __tsan_mutex_try_lock | failed, 0);
  return problem;
}
#endif
}
