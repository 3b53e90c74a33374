# A second build of the same sources is nearly free where ccache is installed; with paths taken
# relative to the sources, what one clone compiled serves the next one, too.
find_program(CCACHE_PROGRAM ccache)
option(GANNET_CCACHE "Compile through ccache where it is installed" ON)
if(GANNET_CCACHE AND CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(launcher ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1
               ${CCACHE_PROGRAM})
  set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
endif()
