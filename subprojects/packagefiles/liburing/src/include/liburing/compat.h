/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The header that liburing's configure writes: kernel headers from Linux 5.6 on have all that it would stand
 * in for. */
#ifndef LIBURING_COMPAT_H
#define LIBURING_COMPAT_H

#include <linux/openat2.h>
#include <linux/time_types.h>

#endif
