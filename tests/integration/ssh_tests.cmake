# The transport against real OpenSSH servers.
gannet_test(NAME ssh_server_test LABEL integration
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/ssh_server_test.cpp
  LIBRARIES gannet_test_ssh)
