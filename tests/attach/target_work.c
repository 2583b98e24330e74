/* Work for target processes that notices the slightest disturbance. Called through ctypes, which lets
 * go of the GIL. Each function works until *stop is set and returns how often it saw something wrong;
 * *rounds counts what it did. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile int* stopFlag;

static void setStopFlag(int signal) {
  (void)signal;
  *stopFlag = 1;
}

/* For a process whose only thread is in one of the functions below. */
void stop_on_signal(volatile int* stop, int signal) {
  struct sigaction action = {0};
  action.sa_handler = setStopFlag;
  stopFlag = stop;
  sigaction(signal, &action, NULL);
}

/* Whoever is stopped at once has done something all the same, however little time it was given. */
static int goesOn(volatile int* stop, volatile long* rounds) { return !*stop || *rounds < 2; }

/* In malloc nearly all the time; every block's contents are checked before it goes. */
long churn(volatile int* stop, volatile long* rounds) {
  enum { BLOCKS = 256 };
  unsigned char* blocks[BLOCKS] = {0};
  size_t sizes[BLOCKS] = {0};
  uint32_t random = 1;
  long wrong = 0;
  while (goesOn(stop, rounds)) {
    random = random * 1664525u + 1013904223u;
    unsigned i = (random >> 8) % BLOCKS;
    if (blocks[i] != NULL) {
      unsigned char mark = (unsigned char)(i ^ sizes[i]);
      wrong += blocks[i][0] != mark || blocks[i][sizes[i] - 1] != mark;
    }
    size_t size = 1 + (random >> 16) % ((random & 15) == 0 ? 300000 : 900);
    if ((random & 16) != 0) {
      free(blocks[i]);
      blocks[i] = malloc(size);
    } else {
      blocks[i] = realloc(blocks[i], size);
    }
    sizes[i] = size;
    blocks[i][0] = blocks[i][size - 1] = (unsigned char)(i ^ size);
    ++*rounds;
  }
  for (unsigned i = 0; i < BLOCKS; ++i) free(blocks[i]);
  return wrong;
}

/* errno must survive between a failing call and the look at it. */
long keep_errno(volatile int* stop, volatile long* rounds) {
  long wrong = 0;
  while (goesOn(stop, rounds)) {
    errno = 0;
    int file = open("/no/such/file", O_RDONLY);
    for (volatile int i = 0; i < 2000; ++i) {
    }
    wrong += file != -1 || errno != ENOENT;
    ++*rounds;
  }
  return wrong;
}

/* Floating-point registers: a sum whose every step matters, and the stack's red zone. */
static double series(void) {
  double a[4] = {1, 2, 3, 4};
  for (int i = 1; i < 20000; ++i) {
    for (int k = 0; k < 4; ++k) a[k] = a[k] * 0.999 + 1.0 / (i + k);
  }
  return a[0] + 2 * a[1] + 3 * a[2] + 4 * a[3];
}

long keep_numbers(volatile int* stop, volatile long* rounds) {
  const double expected = series();
  long wrong = 0;
  while (goesOn(stop, rounds)) {
    double now = series();
    wrong += memcmp(&now, &expected, sizeof now) != 0;
    ++*rounds;
  }
  return wrong;
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* System calls that are interrupted by no signal must not come back early or with EINTR. One kind a
 * thread, so that a test can ask for each: 0 nanosleep, 1 poll, 2 select, 3 semaphore, 4 sleep until. */
long wait_exactly(volatile int* stop, volatile long* rounds, int kind) {
  const double time = 0.004;
  struct timespec nap = {0, 4000000};
  long wrong = 0;
  sem_t never;
  sem_init(&never, 0, 0);
  while (goesOn(stop, rounds)) {
    double start = now();
    int result = -2;
    if (kind == 0) result = nanosleep(&nap, NULL);
    if (kind == 1) result = poll(NULL, 0, 4);
    if (kind == 2) {
      struct timeval limit = {0, 4000};
      result = select(0, NULL, NULL, NULL, &limit);
    }
    if (kind == 3) {
      struct timespec until;
      clock_gettime(CLOCK_REALTIME, &until);
      until.tv_nsec += 4000000;
      if (until.tv_nsec >= 1000000000) until.tv_sec++, until.tv_nsec -= 1000000000;
      result = sem_timedwait(&never, &until) == -1 && errno == ETIMEDOUT ? 0 : -1;
    }
    if (kind == 4) {
      struct timespec until;
      clock_gettime(CLOCK_MONOTONIC, &until);
      until.tv_nsec += 4000000;
      if (until.tv_nsec >= 1000000000) until.tv_sec++, until.tv_nsec -= 1000000000;
      result = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
    }
    double took = now() - start;
    wrong += !*stop && (result != 0 || took < time * 0.95);
    ++*rounds;
  }
  return wrong;
}

struct feeder {
  volatile int* stop;
  volatile long* rounds;
  int file;
  int isEvent;
};

static void* feed(void* argument) {
  struct feeder* feeder = argument;
  int more;
  do {
    more = goesOn(feeder->stop, feeder->rounds); /* else once more: somebody may wait since before */
    uint64_t one = 1;
    usleep(3000);
    if (write(feeder->file, &one, feeder->isEvent ? 8 : 1) < 0) break;
  } while (more);
  return NULL;
}

/* Input without a time limit: 0 read from a pipe, 1 epoll_wait for an event, 2 wait for a child. */
long wait_for_input(volatile int* stop, volatile long* rounds, int kind) {
  int ends[2];
  if (pipe(ends) != 0) return 1000;
  int event = eventfd(0, 0), poller = epoll_create1(0);
  struct epoll_event interest = {EPOLLIN, {0}}, found;
  epoll_ctl(poller, EPOLL_CTL_ADD, event, &interest);
  struct feeder feeder = {stop, rounds, kind == 1 ? event : ends[1], kind == 1};
  pthread_t thread;
  if (kind != 2) pthread_create(&thread, NULL, feed, &feeder);
  long wrong = 0;
  while (goesOn(stop, rounds)) {
    char byte;
    uint64_t count;
    if (kind == 0) wrong += read(ends[0], &byte, 1) != 1;
    if (kind == 1) wrong += epoll_wait(poller, &found, 1, -1) != 1 || read(event, &count, 8) != 8;
    if (kind == 2) {
      int status = 0;
      pid_t child = fork();
      if (child == 0) {
        usleep(2000);
        _exit(7);
      }
      wrong += waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 7;
    }
    ++*rounds;
  }
  if (kind != 2) pthread_join(thread, NULL);
  close(ends[0]), close(ends[1]), close(event), close(poller);
  return wrong;
}
