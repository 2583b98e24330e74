# Finds the CPython interpreters of this machine that the agent can be built for, by asking each one.
#
# Looked at: python3.N on the PATH and in the usual folders, pyenv's versions, what `./dev pythons`
# fetched, and whatever WHYALIVE_PYTHONS names. One per minor version is enough: its module loads in every patch release.
# Result: WHYALIVE_INTERPRETERS, entries "tag|include folder|extension suffix|interpreter".
set(WHYALIVE_PYTHONS "" CACHE STRING "Further Python interpreters to build the agent for")
set(WHYALIVE_MINORS 11 10 12 13 14 15)  # minor versions that agent/compat has rows for

set(candidates ${WHYALIVE_PYTHONS})
file(GLOB found ${PROJECT_SOURCE_DIR}/.cache/python-roots/*/usr/local/bin/python3.*)
list(APPEND candidates ${found})
foreach(minor ${WHYALIVE_MINORS})
  file(GLOB found /usr/bin/python3.${minor} /usr/local/bin/python3.${minor})
  list(APPEND candidates ${found})
endforeach()
foreach(folder "$ENV{PYENV_ROOT}" "$ENV{HOME}/.pyenv")
  if(folder)
    file(GLOB found "${folder}/versions/3.*/bin/python")
    list(APPEND candidates ${found})
  endif()
endforeach()
string(REPLACE ":" ";" path "$ENV{PATH}")
foreach(folder ${path})
  foreach(name python3 python3.10 python3.11 python3.12 python3.13 python3.14 python3.15)
    # pyenv's shims choose by folder; the real ones were listed above.
    if(EXISTS "${folder}/${name}" AND NOT folder MATCHES "shims")
      list(APPEND candidates "${folder}/${name}")
    endif()
  endforeach()
endforeach()
list(REMOVE_DUPLICATES candidates)

set(question "import sys, sysconfig; print('|'.join([sys.implementation.name,
 '%d.%d' % sys.version_info[:2], sysconfig.get_paths()['include'],
 sysconfig.get_config_var('EXT_SUFFIX') or '', str(sysconfig.get_config_var('Py_GIL_DISABLED') or 0),
 sys.version.split()[0]]))")
set(WHYALIVE_INTERPRETERS "")
set(tags "")
foreach(python ${candidates})
  execute_process(COMMAND ${python} -I -c "${question}" OUTPUT_VARIABLE answer RESULT_VARIABLE failed
                  ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(failed OR NOT answer MATCHES "^cpython\\|3\\.([0-9]+)\\|([^|]+)\\|([^|]+)\\|0\\|(.*)$")
    continue()
  endif()
  set(minor ${CMAKE_MATCH_1})
  set(include ${CMAKE_MATCH_2})
  set(suffix ${CMAKE_MATCH_3})
  set(version ${CMAKE_MATCH_4})
  if(NOT minor IN_LIST WHYALIVE_MINORS OR "cp3${minor}" IN_LIST tags
     OR NOT EXISTS "${include}/Python.h" OR NOT EXISTS "${include}/internal/pycore_interp.h")
    continue()
  endif()
  list(APPEND tags "cp3${minor}")
  list(APPEND WHYALIVE_INTERPRETERS "cp3${minor}|${include}|${suffix}|${python}")
  message(STATUS "Agent for CPython 3.${minor}: ${python} (${version})")
endforeach()
if(NOT WHYALIVE_INTERPRETERS)
  message(WARNING "No CPython with headers was found: there will be no agent. "
                  "Install python3-dev, or name an interpreter in WHYALIVE_PYTHONS.")
endif()
