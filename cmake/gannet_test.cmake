# gannet_test(NAME <binary> LABEL <unit|integration|system> [TIMEOUT seconds]
#             SOURCES <...> LIBRARIES <...> [PROPERTIES <name value>...]): one GoogleTest binary, one
#             ctest entry per test.
function(gannet_test)
  cmake_parse_arguments(ARG "" "NAME;LABEL;TIMEOUT" "SOURCES;LIBRARIES;PROPERTIES" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 60)
  endif()
  add_executable(${ARG_NAME} ${ARG_SOURCES})
  target_link_libraries(${ARG_NAME} PRIVATE ${ARG_LIBRARIES} gannet_test_paths GTest::gmock
                                            GTest::gtest_main gannet_flags)
  gtest_discover_tests(${ARG_NAME}
    DISCOVERY_TIMEOUT 60
    NO_PRETTY_VALUES  # many have no printed form but their bytes
    PROPERTIES LABELS ${ARG_LABEL} TIMEOUT ${ARG_TIMEOUT} ${ARG_PROPERTIES})
endfunction()
