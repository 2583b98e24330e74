// Decimal digits without the C library's formatting, which may take locks.
#pragma once

namespace whyalive::agent {

// Writes the number at `at` and moves it past; the caller has room for ten characters.
inline void appendNumber(char*& at, unsigned number) {
  char digits[16];
  int count = 0;
  do {
    digits[count++] = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number);
  while (count) *at++ = digits[--count];
}

}  // namespace whyalive::agent
