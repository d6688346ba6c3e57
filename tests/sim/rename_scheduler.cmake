# Copies an object or an archive of the engine; in the copy, what called a function of Scheduler calls
# that of WatchedScheduler. usage: cmake -DNM= -DOBJCOPY= -DFROM= -DTO= -P rename_scheduler.cmake
execute_process(COMMAND "${NM}" --undefined-only --format=posix "${FROM}"
  OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "_ZNK?8moondial9Scheduler[A-Za-z0-9_]+" calls "${symbols}")
list(REMOVE_DUPLICATES calls)
set(names)
foreach(call IN LISTS calls)
  string(REPLACE "8moondial9Scheduler" "8moondial16WatchedScheduler" watched "${call}")
  string(APPEND names "${call} ${watched}\n")
endforeach()
file(WRITE "${TO}.names" "${names}")
execute_process(COMMAND "${OBJCOPY}" "--redefine-syms=${TO}.names" "${FROM}" "${TO}"
  COMMAND_ERROR_IS_FATAL ANY)
