/* Preloaded, it makes the wall clock jump a day forwards or backwards at every look at it, as when somebody sets
 * the time. Clocks that measure durations are left alone, as the kernel leaves them. */
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long jump(void) {
  static long looks;
  return (__atomic_fetch_add(&looks, 1, __ATOMIC_RELAXED) % 3 - 1) * 86400;
}

__attribute__((visibility("default"))) int clock_gettime(clockid_t clock, struct timespec* now) {
  const long result = syscall(SYS_clock_gettime, clock, now);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += jump();
  return (int)result;
}

__attribute__((visibility("default"))) int gettimeofday(struct timeval* now, void* zone) {
  (void)zone;
  struct timespec exact;
  const int result = clock_gettime(CLOCK_REALTIME, &exact);
  now->tv_sec = exact.tv_sec;
  now->tv_usec = exact.tv_nsec / 1000;
  return result;
}

__attribute__((visibility("default"))) time_t time(time_t* now) {
  struct timespec exact;
  clock_gettime(CLOCK_REALTIME, &exact);
  if (now) *now = exact.tv_sec;
  return exact.tv_sec;
}
