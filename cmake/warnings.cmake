# Warnings, hardening and sanitizers: one interface target that every target of ours links privately.
add_library(whyalive_warnings INTERFACE)
target_compile_options(whyalive_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow
                       -Wnon-virtual-dtor)  # -Wnull-dereference cries wolf in inlined library code
if(NOT CMAKE_BUILD_TYPE STREQUAL "Debug" AND NOT WHYALIVE_SANITIZE)
  target_compile_options(whyalive_warnings INTERFACE -fstack-protector-strong -D_FORTIFY_SOURCE=2)
  target_link_options(whyalive_warnings INTERFACE -Wl,-z,relro,-z,now)
endif()
if(WHYALIVE_SANITIZE)
  add_compile_options(-fsanitize=${WHYALIVE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${WHYALIVE_SANITIZE})
  add_library(whyalive_sanitizer_defaults OBJECT ${CMAKE_CURRENT_LIST_DIR}/sanitizer_defaults.cpp)
  if(NOT WHYALIVE_LIBFUZZER)  # which reads what its own process says
    file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/sanitizer-reports)
    target_compile_definitions(whyalive_sanitizer_defaults PRIVATE
                               WHYALIVE_REPORTS="${CMAKE_BINARY_DIR}/sanitizer-reports/report")
  endif()
else()
  add_library(whyalive_sanitizer_defaults INTERFACE)
endif()
