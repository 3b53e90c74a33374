# gannet_flags: what every target of ours is compiled with.
add_library(gannet_flags INTERFACE)
target_include_directories(gannet_flags INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(gannet_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
  -Woverloaded-virtual -Wold-style-cast -Wcast-align -Wnull-dereference -Wimplicit-fallthrough)

option(GANNET_WERROR "Treat warnings as errors" OFF)
if(GANNET_WERROR)
  target_compile_options(gannet_flags INTERFACE -Werror)
endif()

# Several sources of a library in one go: the headers of Asio and GoogleTest cost more than our own
# lines. So names in anonymous namespaces are unique within a library. scripts/lint compiles each
# source alone and sees a forgotten include.
option(GANNET_UNITY "Compile the sources of a library six at a time: a third of the time" ON)
if(GANNET_UNITY)
  set(CMAKE_UNITY_BUILD ON)
  set(CMAKE_UNITY_BUILD_BATCH_SIZE 6)
  # GCC takes what is included for a header.
  target_compile_options(gannet_flags INTERFACE
    $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
endif()

set(GANNET_SANITIZE "" CACHE STRING "Sanitizers to build with, for example address,undefined")
if(GANNET_SANITIZE)
  # Everywhere, not only in gannet_flags: libraries and programs must agree.
  add_compile_options(-fsanitize=${GANNET_SANITIZE} -fno-sanitize-recover=all
                      -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${GANNET_SANITIZE})
  # Sanitizers make GCC see null pointers and unset variables that are not there.
  target_compile_options(gannet_flags INTERFACE -Wno-null-dereference -Wno-maybe-uninitialized)
  if(GANNET_SANITIZE MATCHES thread AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Asio has a fence around each handler. The sanitizer does not see fences; the locks it does.
    target_compile_options(gannet_flags INTERFACE -Wno-tsan)
  endif()
endif()

if(CMAKE_BUILD_TYPE STREQUAL "Debug")
  add_compile_definitions(_GLIBCXX_ASSERTIONS)
elseif(NOT GANNET_SANITIZE)
  add_compile_options(-fstack-protector-strong)
  add_compile_definitions($<$<NOT:$<CONFIG:Debug>>:_FORTIFY_SOURCE=2>)
  add_link_options(-Wl,-z,relro,-z,now)
endif()
