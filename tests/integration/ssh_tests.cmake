# The transport against real OpenSSH servers.
gannet_test(NAME ssh_server_test LABEL integration
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/ssh_server_test.cpp
  LIBRARIES gannet_test_ssh)
gannet_test(NAME ssh_transport_test LABEL integration
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/ssh_connect_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/ssh_exec_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/ssh_login_test.cpp
  LIBRARIES gannet_ssh gannet_test_ssh)
