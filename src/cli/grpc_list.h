/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef VASTAR_CLI_GRPC_LIST_H
#define VASTAR_CLI_GRPC_LIST_H

#include <stdbool.h>

/* The arguments of vastar grpc begin with list or describe. */
bool grpc_list_wanted(int argc, char **argv);
int grpc_list(int argc, char **argv);

#endif
