# cmake -DNM=nm -DTARGET=avx2 -DOBJECTS=a.o,b.o -P shares_no_code.cmake
# Fails if an object of a dispatch target defines a symbol outside the target's namespace that the linker may merge with
# another file's: code for a newer processor could then run on an older one.
string(REPLACE "," ";" objects "${OBJECTS}")
foreach(object ${objects})
  execute_process(COMMAND ${NM} -C --defined-only ${object} OUTPUT_VARIABLE symbols RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "cannot list the symbols of ${object}")
  endif()
  string(REGEX MATCHALL "[^\n]* [WVu] [^\n]*" shared "${symbols}")
  list(FILTER shared EXCLUDE REGEX "sluice::mp3::${TARGET}::")
  if(shared)
    message(FATAL_ERROR "${object} could share with other files: ${shared}")
  endif()
endforeach()
