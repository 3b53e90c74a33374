# Run by ctest: what the agent promises about its own file. Arguments: BINARY, STRIP, NM, CROSS.
set(kMaxSize 3000000) # bytes, stripped

# ldd reads the file's headers; of a foreign architecture's it says the same as of a static one.
execute_process(COMMAND ldd ${BINARY} OUTPUT_VARIABLE ldd_says ERROR_VARIABLE ldd_says)
if(NOT CROSS AND NOT ldd_says MATCHES "not a dynamic executable")
  message(FATAL_ERROR "${BINARY} is not static, ldd says: ${ldd_says}")
endif()

set(stripped ${BINARY}.stripped-for-test)
execute_process(COMMAND ${STRIP} -o ${stripped} ${BINARY} COMMAND_ERROR_IS_FATAL ANY)
file(SIZE ${stripped} size)
file(REMOVE ${stripped})
if(size GREATER_EQUAL kMaxSize)
  message(FATAL_ERROR "${BINARY} has ${size} bytes stripped, allowed: less than ${kMaxSize}")
endif()

# A static glibc program must not ask name services: it would need the very same glibc at run time.
execute_process(COMMAND ${NM} -C ${BINARY} OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
foreach(name getaddrinfo gethostbyname gethostbyname_r getpwnam getpwnam_r getpwuid getpwuid_r
             getgrnam getgrnam_r getgrgid getgrgid_r initgroups)
  if(symbols MATCHES " [TtWi] ${name}\n")
    message(FATAL_ERROR "${BINARY} holds ${name}, which needs the host's own libraries")
  endif()
endforeach()
foreach(name "std::ios_base::Init::Init" "std::basic_regex" "std::__detail::_NFA")
  string(FIND "${symbols}" "${name}" at)
  if(NOT at EQUAL -1)
    message(FATAL_ERROR "${BINARY} holds ${name}: streams and regular expressions cost its start")
  endif()
endforeach()
message(STATUS "static, ${size} bytes stripped")
