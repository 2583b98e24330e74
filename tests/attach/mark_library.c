/* What the attach tests load into processes: its entry starts a thread, as the agent does, which
 * appends one line to a file. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static void* mark(void* path) {
  char line[64];
  int length = snprintf(line, sizeof line, "%d %ld\n", getpid(), syscall(SYS_gettid));
  int file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (file >= 0) {
    if (write(file, line, (size_t)length) != length) abort();
    close(file);
  }
  free(path);
  return NULL;
}

__attribute__((visibility("default"))) int whyalive_test_mark(const char* path, char* text, size_t size) {
  snprintf(text, size, "marking %s", path);
  pthread_t thread;
  char* copy = strdup(path);
  if (copy == NULL || pthread_create(&thread, NULL, mark, copy) != 0) return 1;
  pthread_detach(thread);
  errno = EDOM; /* whoever was interrupted must not see this */
  return 0;
}

/* A library that is slow to load: for tests that end the loader meanwhile. */
__attribute__((constructor)) static void loaded(void) {
  const char* delay = getenv("WHYALIVE_TEST_SLOW_LOAD");
  if (delay != NULL) usleep((useconds_t)atoi(delay));
}
