# Language, flags and sanitizers. The flags of our own folders are set by
# moondial_strict_warnings(), so that third-party code built here is not judged by them.

option(MOONDIAL_TESTS "Build the tests" ON)
option(MOONDIAL_FUZZ "Build the fuzz targets for libFuzzer instead of the tests: needs Clang" OFF)
option(MOONDIAL_CCACHE "Use ccache where it is installed" ON)
set(MOONDIAL_SANITIZE "" CACHE STRING "Sanitizers, as for -fsanitize=: address,undefined or thread")

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo)
endif()

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}")
set(THREADS_PREFER_PTHREAD_FLAG ON)

# Assertions stay on in release builds: a bug is to stop the engine, not to spoil a record.
# -g1 is enough for backtraces with lines and keeps linking fast.
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1")
set(CMAKE_CXX_FLAGS_DEBUG "-Og -g -D_GLIBCXX_ASSERTIONS")
if(CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
  # The binary does not tell where it was built.
  add_compile_options("-ffile-prefix-map=${PROJECT_SOURCE_DIR}/=")
endif()

if(MOONDIAL_SANITIZE)
  add_compile_options(-g1 -fsanitize=${MOONDIAL_SANITIZE} -fno-sanitize-recover=all
    -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${MOONDIAL_SANITIZE})
  if(MOONDIAL_SANITIZE MATCHES "undefined")
    # Nine tenths of all checks, whose tables make a process start fifteen times as long as one
    # without them: the address sanitizer finds what comes of the first and third, and all processors
    # that we build for read what is not aligned.
    add_compile_options(-fno-sanitize=null,alignment,object-size,pointer-overflow)
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_link_options(-no-pie) # the same tables again, all pointers, moved at each start
  endif()
endif()

if(MOONDIAL_CCACHE)
  find_program(CCACHE_PROGRAM ccache)
  mark_as_advanced(CCACHE_PROGRAM)
  if(CCACHE_PROGRAM)
    # Precompiled headers need this sloppiness to be cached at all. What one checkout has compiled,
    # another one on the machine need not; a debugger of the second may then be shown the first.
    set(CMAKE_CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND}" -E env
      "CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime"
      "CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}" CCACHE_NOHASHDIR=1 "${CCACHE_PROGRAM}")
  endif()
endif()

# Warnings for every target of the calling directory and below.
function(moondial_strict_warnings)
  add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor
    -Woverloaded-virtual -Wcast-align -Wundef -Wvla -Werror)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-Wduplicated-cond -Wlogical-op)
    # Wrong alarms of GCC 12 and 13 in the standard library's own code, at -O2 and with sanitizers
    # (GCC bugs 105651, 105562, 107852).
    add_compile_options(-Wno-restrict -Wno-error=maybe-uninitialized -Wno-error=stringop-overflow
      -Wno-error=stringop-overread -Wno-error=array-bounds -Wno-error=free-nonheap-object)
  endif()
  if(MOONDIAL_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-Wno-tsan) # std::atomic_thread_fence inside libraries
  endif()
endfunction()
