// marshal.h, which wants Python.h before it.
#pragma once

// clang-format off
#include "agent/compat/python.h"
#include <marshal.h>
// clang-format on
